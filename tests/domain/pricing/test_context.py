"""Where a request buys: what is asked must be served as asked, what is preferred is taken where it fits."""

import pytest

from domain.pricing.context import UnknownContextError, Wish, applied
from domain.pricing.model import Market
from domain.shared.ids import MarketId

US = Market(MarketId("market_us"), "us", "United States", ("US",), ("USD",), ("en", "es"), False, "America/New_York")
DE = Market(MarketId("market_de"), "de", "Germany", ("DE", "AT"), ("EUR",), ("de", "en"), True, "Europe/Berlin")
MARKETS = (US, DE)


def words(asked: Wish = Wish(), preferred: Wish = Wish()) -> tuple[str, str, str, str]:  # noqa: B008 - frozen
    found = applied(MARKETS, asked=asked, preferred=preferred)
    return found.market.handle, found.country, found.language, found.currency


def test_without_a_wish_the_first_market_and_its_defaults_apply() -> None:
    assert words() == ("us", "US", "en", "USD")


@pytest.mark.parametrize(
    ("asked", "applies"),
    [
        (Wish(market="de"), ("de", "DE", "de", "EUR")),
        (Wish(market="market_de"), ("de", "DE", "de", "EUR")),
        (Wish(country="AT"), ("de", "AT", "de", "EUR")),
        (Wish(currency="EUR"), ("de", "DE", "de", "EUR")),
        (Wish(market="de", language="en-GB"), ("de", "DE", "en", "EUR")),
    ],
    ids=str,
)
def test_what_is_asked_applies(asked: Wish, applies: tuple[str, str, str, str]) -> None:
    assert words(asked) == applies


@pytest.mark.parametrize(
    "asked",
    [
        Wish(market="fr"),
        Wish(country="FR"),
        Wish(currency="CHF"),
        Wish(market="us", country="DE"),
        Wish(market="us", currency="EUR"),
        Wish(market="us", language="ja"),
    ],
    ids=str,
)
def test_what_is_asked_and_not_served_is_said(asked: Wish) -> None:
    with pytest.raises(UnknownContextError):
        words(asked)


def test_preferences_are_taken_where_they_fit() -> None:
    assert words(preferred=Wish(country="AT", language="fr", currency="CHF")) == ("de", "AT", "de", "EUR")


def test_a_preferred_country_does_not_move_who_asked_for_a_market() -> None:
    assert words(Wish(market="us"), Wish(country="DE", language="es")) == ("us", "US", "es", "USD")


def test_a_store_without_a_market_says_so() -> None:
    with pytest.raises(UnknownContextError, match="this store has no market"):
        applied([], asked=Wish(), preferred=Wish(country="DE"))
