"""What staff with `markets:write` decide of markets; a process takes it up at once, the others within seconds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.pricing.markets.model import MarketSettings, problems_of
from domain.pricing.markets.ports import UnitOfWork
from domain.pricing.model import Market, PricePolicy, TaxLevel
from domain.pricing.prior_price import PriorPriceRule
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import MarketId, PriceListId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass, replace
from domain.shared.money import Rounding
from domain.shared.news import STOREFRONT


@dataclass(frozen=True, slots=True)
class WithdrawalTerms:
    """How long consumers may withdraw, and what they are told of it by language; no days where no law says so."""

    days: int | None = None
    text: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class MarketPatch:
    """What is to be another way; None leaves it as it is. `abandoned_after_minutes` of 0 is never."""

    name: str | None = None
    countries: tuple[str, ...] | None = None
    currencies: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    time_zone: str | None = None
    tax_level: TaxLevel | None = None
    rounding: Rounding | None = None
    price_policy: PricePolicy | None = None
    payment_days: int | None = None
    captures_at_placement: bool | None = None
    estimates_duties: bool | None = None
    price_granularity: Mapping[str, int] | None = None
    withdrawal: WithdrawalTerms | None = None
    return_days: int | None = None
    abandoned_after_minutes: int | None = None
    prior_price: PriorPriceRule | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class CreateMarket:
    """A market, whole: the first of its countries, currencies and languages are the defaults.

    Whether its prices include tax is said once, since every price in it is meant so.
    """

    handle: str
    name: str
    countries: tuple[str, ...]
    currencies: tuple[str, ...]
    languages: tuple[str, ...]
    prices_include_tax: bool
    time_zone: str
    more: MarketPatch = MarketPatch()


@dataclass(frozen=True, slots=True)
class UpdateMarket:
    market_id: MarketId
    patch: MarketPatch


async def create_market(uow: UnitOfWork, command: CreateMarket) -> MarketId:
    """A market that can be sold in as soon as there are prices: it has a price list in each of its currencies.

    What is left out is as in a market that asks for nothing special; prices that include tax stay gross elsewhere.
    """
    policy = PricePolicy.FIXED_GROSS if command.prices_include_tax else PricePolicy.FIXED_NET
    async with uow:
        market = Market(
            MarketId(uow.new_id("market")),
            command.handle,
            command.name.strip(),
            command.countries,
            command.currencies,
            command.languages,
            command.prices_include_tax,
            command.time_zone,
            price_policy=policy,
        )
        first = MarketSettings(market, position=await uow.markets.last_position() + 1)
        settings = patched(first, command.more)
        _check(problems_of(settings))
        if not await uow.markets.add(settings):
            raise refuse(ErrorCode.INVALID, "Another market has this handle.", "handle")
        await _add_price_lists(uow, settings)
        uow.enqueue(Job(JobKind.INDEX_MARKET, market.id))
        uow.tell(STOREFRONT)
        await uow.commit()
    return market.id


async def update_market(uow: UnitOfWork, command: UpdateMarket, *, now: datetime) -> MarketId:
    """Carts and checkouts go by it with their next price; orders keep the terms that they were placed under."""
    async with uow:
        known = await uow.markets.lock(command.market_id)
        if known is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such market.", "id")
        settings = patched(known, command.patch)
        _check([*problems_of(settings), *await _late_problems(uow, known, settings)])
        if settings != known:
            if settings.terms != known.terms:
                await uow.markets.keep_terms(known, now)
            await uow.markets.save(settings)
            await _add_price_lists(uow, settings)
        if settings.market.currencies != known.market.currencies:
            uow.enqueue(Job(JobKind.INDEX_MARKET, command.market_id))
        uow.tell(STOREFRONT)
        await uow.commit()
    return command.market_id


def patched(settings: MarketSettings, patch: MarketPatch) -> MarketSettings:
    """The settings with what the patch says in its place."""
    market = replace(settings.market, **_said(patch, _OF_MARKET))
    if patch.withdrawal is not None:
        text = market.withdrawal_text if patch.withdrawal.text is None else patch.withdrawal.text
        market = replace(market, withdrawal_days=patch.withdrawal.days, withdrawal_text=text)
    changed = replace(settings, market=market, **_said(patch, _OF_SETTINGS))
    return replace(changed, abandoned_after_minutes=changed.abandoned_after_minutes or None)


_OF_SETTINGS = frozenset({"return_days", "abandoned_after_minutes", "prior_price", "position"})
_OF_MARKET = frozenset(MarketPatch.__slots__) - _OF_SETTINGS - {"withdrawal"}


def _said(patch: MarketPatch, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(patch, name)) is not None}


async def _late_problems(uow: UnitOfWork, known: MarketSettings, settings: MarketSettings) -> list[Problem]:
    """What cannot be another way once something was sold: returns are reckoned by the rules of the sale."""
    problems = []
    if known.market.rounding is not settings.market.rounding:
        message = "Orders were rounded as it is."
        problems.append(Problem(ErrorCode.NOT_ALLOWED, message, ("settings", "rounding")))
    if known.market.prices_include_tax and known.market.default_country not in settings.market.countries[:1]:
        message = "Prices include the taxes of the first country, which stays once something was sold."
        problems.append(Problem(ErrorCode.NOT_ALLOWED, message, ("countries",)))
    return problems if problems and await uow.markets.has_sold(known.market.id) else []


async def _add_price_lists(uow: UnitOfWork, settings: MarketSettings) -> None:
    for currency in settings.market.currencies:
        await uow.markets.add_price_list(PriceListId(uow.new_id("price_list")), settings, currency)


def _check(problems: list[Problem]) -> None:
    if problems:
        raise Refused(*problems)
