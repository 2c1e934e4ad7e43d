"""Where and how somebody buys: the market, country, language and currency of a request."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from domain.pricing.model import Market
from domain.shared.ids import CompanyId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class RequestContext:
    market: Market
    country: str
    language: str
    currency: str
    company_id: CompanyId | None = None
    """The company that the buyer, a member of it, looks around for."""

    @property
    def time_zone(self) -> str:
        return self.market.time_zone


class Wish(NamedTuple):
    """What a client asked for, or prefers; None leaves it to the market."""

    market: str | None = None
    country: str | None = None
    language: str | None = None
    currency: str | None = None


class UnknownContextError(ValueError):
    """The client named a market, country, language or currency that is not sold in."""


def applied(markets: Sequence[Market], *, asked: Wish, preferred: Wish) -> RequestContext:
    """The context of a request.

    What is asked must be served as asked, or `UnknownContextError` says why not; what is merely preferred (headers) is
    taken where it fits. The first market is the default one.
    """
    if not markets:
        raise UnknownContextError("Nothing is sold yet: this store has no market.")
    market = _market(markets, asked, preferred)
    country = _choose("country", market.countries, asked.country, preferred.country)
    currency = _choose("currency", market.currencies, asked.currency, preferred.currency)
    language = _choose(
        "language", market.languages, _language(market, asked.language), _language(market, preferred.language)
    )
    return RequestContext(market, country, language, currency)


_NAMES: Mapping[str, Callable[[Market], Sequence[str]]] = {
    "market": lambda market: (market.handle, market.id),
    "country": lambda market: market.countries,
    "currency": lambda market: market.currencies,
}
"""By what a market can be asked for, and what it then goes by."""


def _market(markets: Sequence[Market], asked: Wish, preferred: Wish) -> Market:
    for what in _NAMES:
        wanted = getattr(asked, what)
        if wanted is not None:
            found = _named(markets, what, wanted)
            if found is None:
                raise UnknownContextError(f"Nothing is sold for the {what} {wanted!r}.")
            return found
    liked = [_named(markets, what, getattr(preferred, what)) for what in ("market", "country")]
    return next((market for market in liked if market is not None), markets[0])


def _named(markets: Sequence[Market], what: str, name: str | None) -> Market | None:
    return next((market for market in markets if name in _NAMES[what](market)), None)


def _choose(what: str, served: Sequence[str], asked: str | None, preferred: str | None) -> str:
    if asked is not None:
        if asked not in served:
            raise UnknownContextError(f"This market does not serve the {what} {asked!r}; it has {', '.join(served)}.")
        return asked
    return preferred if preferred is not None and preferred in served else served[0]


def _language(market: Market, tag: str | None) -> str | None:
    """The market's language for a BCP 47 tag: the same, or the same without its region."""
    if tag is None or tag in market.languages:
        return tag
    base = tag.partition("-")[0]
    return next((language for language in market.languages if language.partition("-")[0] == base), tag)
