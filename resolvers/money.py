"""Amounts as people of a language write them."""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, parse_pattern

from domain.shared.money import Money, exponent_of
from execution.declared import RestsOn, resting
from resolvers.context import Context, Info

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


class MoneyStyle(Enum):
    """How a formatted amount names its currency."""

    STANDARD = "STANDARD"
    """By the symbol that tells it from others: US$ outside of the United States."""
    ISO_CODE = "ISO_CODE"
    NARROW_SYMBOL = "NARROW_SYMBOL"
    """By the shortest symbol, which may stand for several currencies."""


class Language:
    """What the words of a request are in: the ground that formats rest on."""

    def known(self, context: Context, keys: Sequence[object]) -> list[str]:
        return [context.request.language] * len(keys)

    async def found(self, context: Context, keys: Sequence[object]) -> list[str]:
        return self.known(context, keys)


IN_LANGUAGE = RestsOn(Language(), key_of=lambda _: "language")


@resting(IN_LANGUAGE)
def formatted(root: Money, info: Info, style: MoneyStyle = MoneyStyle.STANDARD) -> str:
    return money_text(root, info.context.request.language, style)


def money_text(money: Money, language: str, style: MoneyStyle = MoneyStyle.STANDARD) -> str:
    """The amount with all the digits that its currency has by ISO 4217, whatever the locale thinks of it (rule M3)."""
    return _money_text(money.minor, money.currency, language, style)


@lru_cache(maxsize=10_000)
def _money_text(minor: int, currency: str, language: str, style: MoneyStyle) -> str:
    pattern = _pattern(language, currency, style)
    text: str = pattern.apply(Decimal(minor).scaleb(-exponent_of(currency)), _locale(language))
    return text


def number_text(value: Decimal | float, language: str) -> str:
    """A number as the locale writes it, with all of its digits."""
    return _number_text(str(value), language)


@lru_cache(maxsize=10_000)
def _number_text(digits: str, language: str) -> str:
    text: str = _number_pattern(language).apply(Decimal(digits), _locale(language), decimal_quantization=False)
    return text


@lru_cache(maxsize=256)
def _locale(language: str) -> Locale:
    """The locale of a BCP 47 tag; English for one that Babel does not know."""
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")


@lru_cache(maxsize=256)
def _number_pattern(language: str) -> NumberPattern:
    return parse_pattern(_locale(language).decimal_formats[None].pattern)


@lru_cache(maxsize=4096)
def _pattern(language: str, currency: str, style: MoneyStyle) -> NumberPattern:
    """How the locale writes amounts, with the currency's name and number of digits put in."""
    locale = _locale(language)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    exponent = exponent_of(currency)
    pattern.frac_prec = (exponent, exponent)
    name = _name(locale, currency, style)
    plain, negative = pattern.prefix
    pattern.prefix = (_prefix(plain, name), _prefix(negative, name))
    plain, negative = pattern.suffix
    pattern.suffix = (_suffix(plain, name), _suffix(negative, name))
    return pattern


def _name(locale: Locale, currency: str, style: MoneyStyle) -> str:
    if style is MoneyStyle.ISO_CODE:
        return currency
    symbol: str = locale.currency_symbols.get(currency, currency)
    if style is MoneyStyle.STANDARD:
        return symbol
    sign = "".join(character for character in symbol if unicodedata.category(character) == "Sc")
    return sign or symbol


def _prefix(affix: str, name: str) -> str:
    """What stands before the digits; letters do not touch them: CHF 10, but $10."""
    text = affix.replace("¤", name)
    return text + NO_BREAK_SPACE if text[-1:].isalpha() else text


def _suffix(affix: str, name: str) -> str:
    text = affix.replace("¤", name)
    return NO_BREAK_SPACE + text if text[:1].isalpha() else text
