"""In which units Stripe counts each currency: a table of its own, apart from ISO 4217 (rule M4).

Source: https://docs.stripe.com/currencies. Where Stripe's smallest unit is larger than ours, an amount between two of
them cannot be expressed, and is refused rather than rounded.
"""

from domain.shared.money import Money, exponent_of

NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
"""Sent in whole units. MGA has two digits in ISO 4217."""
WHOLE_UNITS_TIMES_HUNDRED = frozenset({"ISK", "UGX"})
"""Have no digits in ISO 4217, and are sent times 100: 500 ISK goes as 50000."""
THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Sent with three digits, of which the last must be 0."""
CENTS = 2


def stripe_amount(amount: Money) -> int | None:
    """The amount as Stripe counts it; None if Stripe cannot be sent exactly this amount."""
    currency, exponent = amount.currency, exponent_of(amount.currency)
    if currency in NO_DECIMALS:
        units, rest = divmod(amount.minor, 10**exponent)
        return None if rest else units
    if currency in WHOLE_UNITS_TIMES_HUNDRED:
        return amount.minor * 100
    if currency in THREE_DECIMALS:
        return None if amount.minor % 10 else amount.minor
    return amount.minor if exponent == CENTS else None


def money_of(units: int, currency: str) -> Money:
    """Money of an amount as Stripe counts it. What is no whole unit of ours cannot come from there."""
    code = currency.upper()
    if code in NO_DECIMALS:
        return Money(units * 10 ** exponent_of(code), code)
    if code in WHOLE_UNITS_TIMES_HUNDRED:
        whole, rest = divmod(units, 100)
        assert not rest, "Stripe takes these currencies in whole units alone"
        return Money(whole, code)
    return Money(units, code)
