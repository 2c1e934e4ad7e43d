"""What amounts Stripe takes (https://docs.stripe.com/currencies), apart from the adapter that they judge."""

from integrations.stripe.double.faults import invalid

NO_DECIMALS = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
WHOLE_UNITS_IN_HUNDREDTHS = frozenset({"isk", "ugx"})
THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
LEAST = {"eur": 50, "usd": 50, "gbp": 30, "chf": 50, "cad": 50, "aud": 50, "jpy": 50, "sek": 300, "dkk": 250}
LARGEST = 99_999_999
LARGEST_IN_SMALL_UNITS = 999_999_999_999
SMALL_UNITS = frozenset({"idr", "inr", "jpy", "huf", "cop", "lbp", "isk", "ugx"}) | NO_DECIMALS


def check_amount(amount: int, currency: str, *, param: str = "amount") -> None:
    """400 for an amount that Stripe does not charge in this currency."""
    if currency in THREE_DECIMALS and amount % 10:
        message = f"Invalid amount. Amounts in {currency.upper()} must be evenly divisible by 10."
        raise invalid(message, param=param, code="invalid_charge_amount_no_decimal_compatible")
    if currency in WHOLE_UNITS_IN_HUNDREDTHS and amount % 100:
        message = f"Invalid amount. Currency {currency.upper()} has become effectively zero-decimal."
        raise invalid(message, param=param, code="invalid_charge_amount_no_decimal_compatible")
    if amount < LEAST.get(currency, 1):
        raise invalid("Amount must be at least the minimum charge amount.", param=param, code="amount_too_small")
    if amount > (LARGEST_IN_SMALL_UNITS if currency in SMALL_UNITS else LARGEST):
        raise invalid("Amount must be no more than the maximum charge amount.", param=param, code="amount_too_large")
