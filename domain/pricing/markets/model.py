"""All that is said of a market, and what makes no sense of it."""

import re
from collections.abc import Callable, Mapping, Sequence

from domain.pricing.model import Market
from domain.pricing.prior_price import PriorPriceRule
from domain.shared.errors import ErrorCode, Problem
from domain.shared.making import dataclass, replace
from domain.shared.moments import is_time_zone
from domain.shared.money import EXPONENTS
from domain.shared.text import is_plain

MAX_NAME_LENGTH = 200
MAX_COUNTRIES, MAX_CURRENCIES, MAX_LANGUAGES = 250, 50, 50
MAX_PAYMENT_DAYS, MAX_RETURN_DAYS = 60, 365
MAX_ABANDONED_MINUTES = 30 * 24 * 60
MAX_GRANULARITY = 10**9
MAX_WITHDRAWAL_TEXT = 10_000
MAX_POSITION = 1_000_000

_HANDLE = re.compile("[a-z0-9][a-z0-9-]{0,49}")
_COUNTRY = re.compile("[A-Z]{2}")
_LANGUAGE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """A market as buyers and prices know it, and what else staff says of it."""

    market: Market
    return_days: int = 14
    abandoned_after_minutes: int | None = 60
    """When a cart that nobody touches counts as left; None for never."""
    prior_price: PriorPriceRule = PriorPriceRule.BEFORE_FIRST_STEP
    position: int = 0
    """Its place among the markets, of which the first is the default."""

    @property
    def terms(self) -> tuple[bool, int, int | None]:
        """What orders keep of it as it was when they were placed."""
        return (self.market.captures_at_placement, self.return_days, self.market.withdrawal_days)


def problems_of(settings: MarketSettings) -> list[Problem]:
    """All that is wrong, by where it is told."""
    market = settings.market
    return [
        *_text_problems(market),
        *_choices("countries", market.countries, MAX_COUNTRIES, lambda item: bool(_COUNTRY.fullmatch(item))),
        *_choices("currencies", market.currencies, MAX_CURRENCIES, EXPONENTS.__contains__),
        *_choices("languages", market.languages, MAX_LANGUAGES, lambda item: bool(_LANGUAGE.fullmatch(item))),
        *[replace(problem, path=("settings", *problem.path)) for problem in _settings_problems(settings)],
    ]


def _settings_problems(settings: MarketSettings) -> list[Problem]:
    market = settings.market
    return [
        *_bounds("payment_days", market.payment_days, 0, MAX_PAYMENT_DAYS),
        *_bounds("return_days", settings.return_days, 0, MAX_RETURN_DAYS),
        *_bounds("abandoned_after_minutes", settings.abandoned_after_minutes, 1, MAX_ABANDONED_MINUTES),
        *_bounds("position", settings.position, -MAX_POSITION, MAX_POSITION),
        *_granularity_problems(market),
        *_withdrawal_problems(market.withdrawal_days, market.withdrawal_text),
    ]


def _text_problems(market: Market) -> list[Problem]:
    problems = []
    if not _HANDLE.fullmatch(market.handle):
        message = "A handle is 1 to 50 small letters, digits and dashes."
        problems.append(Problem(ErrorCode.INVALID, message, ("handle",)))
    if not 0 < len(market.name.strip()) <= MAX_NAME_LENGTH or not is_plain(market.name):
        message = f"A name has 1 to {MAX_NAME_LENGTH} characters without controls."
        problems.append(Problem(ErrorCode.INVALID, message, ("name",)))
    if not is_time_zone(market.time_zone):
        message = "A time zone is a name of the IANA database, such as Europe/Berlin."
        problems.append(Problem(ErrorCode.INVALID, message, ("time_zone",)))
    return problems


def _choices(name: str, items: Sequence[str], most: int, is_known: Callable[[str], bool]) -> list[Problem]:
    if not 0 < len(items) <= most or len(set(items)) < len(items):
        return [Problem(ErrorCode.INVALID, f"1 to {most}, each once; the first is the default.", (name,))]
    return [
        Problem(ErrorCode.INVALID, f"{item} is none.", (name, str(at)))
        for at, item in enumerate(items)
        if not is_known(item)
    ]


def _bounds(name: str, value: int | None, least: int, most: int) -> list[Problem]:
    if value is None or least <= value <= most:
        return []
    return [Problem(ErrorCode.INVALID, f"It is {least} to {most}.", (name,))]


def _granularity_problems(market: Market) -> list[Problem]:
    if all(
        currency in market.currencies and 1 <= step <= MAX_GRANULARITY
        for currency, step in market.price_granularity.items()
    ):
        return []
    message = f"Steps are 1 to {MAX_GRANULARITY} minor units, of currencies that the market sells in."
    return [Problem(ErrorCode.INVALID, message, ("price_granularity",))]


def _withdrawal_problems(days: int | None, texts: Mapping[str, str]) -> list[Problem]:
    problems = _bounds("days", days, 1, MAX_RETURN_DAYS)
    if len(texts) > MAX_LANGUAGES or not all(
        _LANGUAGE.fullmatch(language) and 0 < len(text.strip()) <= MAX_WITHDRAWAL_TEXT and _is_prose(text)
        for language, text in texts.items()
    ):
        message = f"Texts of 1 to {MAX_WITHDRAWAL_TEXT} characters, in {MAX_LANGUAGES} languages at most."
        problems.append(Problem(ErrorCode.INVALID, message, ("text",)))
    return [replace(problem, path=("withdrawal", *problem.path)) for problem in problems]


def _is_prose(text: str) -> bool:
    """Whether it is plain but for its paragraphs."""
    return all(map(is_plain, text.splitlines()))
