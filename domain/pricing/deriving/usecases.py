"""Deriving price lists from others: staff says how, a job writes the prices, and new rates have it write them anew."""

from collections.abc import Sequence
from decimal import Decimal

from domain.pricing.deriving.model import (
    Derivation,
    DerivationCounts,
    DerivedList,
    DerivedPrices,
    ExchangeRate,
    derive,
)
from domain.pricing.deriving.ports import UnitOfWork
from domain.pricing.model import PriceList
from domain.pricing.price_lists.usecases import price_changed
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import OfferId, PriceListId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass, replace
from domain.shared.text import is_plain

MAX_RATE, RATE_DIGITS = Decimal(10) ** 12, 16
MIN_PERCENT, MAX_PERCENT, PERCENT_DIGITS = Decimal(-100), Decimal(10_000), 4
MAX_GRANULARITY = 10**9
MAX_SOURCE_LENGTH = 100
MAX_RATES = 100
BATCH = 500
"""How many offers are derived in one transaction."""


@dataclass(frozen=True, slots=True)
class DerivePriceList:
    """Have a list follow the list `base_id`, or the one for everybody in `base_currency`.

    Without `granularity` prices are multiples of what the list's market can be paid in. A dry run tells what would
    change, and changes nothing.
    """

    price_list_id: PriceListId
    base_id: PriceListId | None
    base_currency: str | None
    exchange: ExchangeRate
    adjustment_percent: Decimal = Decimal(0)
    granularity: int | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class RateOfPair:
    """What one unit of the currency `base` is worth in `currency`."""

    base: str
    currency: str
    exchange: ExchangeRate


@dataclass(frozen=True, slots=True)
class UpdateRates:
    """Give every list that is derived from one currency into another the rate of that pair.

    With `source` only those that follow the rates of that source, which then stay with it.
    """

    rates: tuple[RateOfPair, ...]
    source: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """The lists that were given a rate, and of a dry run what it would change."""

    price_lists: tuple[PriceListId, ...]
    preview: DerivationCounts | None = None


async def derive_price_list(uow: UnitOfWork, command: DerivePriceList) -> Derived:
    """Prices follow within moments: written by a job, each with its rate and its time (rule M9).

    A list is derived from one that is not derived itself, so that every price is rounded once.
    """
    _check(_problems(command))
    async with uow:
        derived = await _derived(uow, command)
        if command.dry_run:
            return Derived((command.price_list_id,), await _preview(uow, derived))
        await _follow(uow, derived)
        await uow.commit()
    return Derived((command.price_list_id,))


async def underive_price_list(uow: UnitOfWork, price_list_id: PriceListId) -> PriceListId:
    """Let a list follow no other one any more; its prices stay as they are."""
    async with uow:
        if await uow.price_lists.lock(price_list_id) is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such price list.", "price_list_id")
        await uow.derivations.end(price_list_id)
        await uow.commit()
    return price_list_id


async def update_rates(uow: UnitOfWork, command: UpdateRates) -> Derived:
    """New rates for lists that are derived already. A rate that a list has, of the same moment, changes nothing."""
    if not 0 < len(command.rates) <= MAX_RATES:
        raise refuse(ErrorCode.INVALID, f"1 to {MAX_RATES} rates are set at once.", "rates")
    _check([problem for at, pair in enumerate(command.rates) for problem in _rate_problems(pair.exchange, at)])
    async with uow:
        derived = await _rerated(uow, command)
        changed = tuple(item.price_list.id for item in derived)
        if command.dry_run:
            return Derived(changed, sum([await _preview(uow, item) for item in derived], DerivationCounts()))
        for item in derived:
            await _follow(uow, item)
        await uow.commit()
    return Derived(changed)


async def _rerated(uow: UnitOfWork, command: UpdateRates) -> list[DerivedList]:
    """The lists whose rate becomes another one, locked in the order of their ids."""
    rates = {
        key: pair.exchange
        for pair in command.rates
        for key in await uow.derivations.between(pair.base, pair.currency, source=command.source)
    }
    found = []
    for key in sorted(rates):
        await uow.price_lists.lock(key)
        known = await uow.derivations.of(key)
        if known is not None and known.derivation.exchange != rates[key]:
            found.append(replace(known, derivation=replace(known.derivation, exchange=rates[key])))
    return found


async def derive_noted(uow: UnitOfWork, price_list_id: PriceListId) -> bool:
    """Bring the prices of some offers in line with what the list follows; whether there may be more to do.

    One deriver at a time works on a list, and reads what it follows afterwards: whoever is last has seen everything.
    """
    async with uow:
        await uow.price_lists.lock(price_list_id)
        offers = sorted(set(await uow.derivations.take(price_list_id, limit=BATCH)))
        derived = await uow.derivations.of(price_list_id) if offers else None
        if derived is not None:
            await _write(uow, derived, offers)
        await uow.commit()
    return bool(offers)


async def _write(uow: UnitOfWork, derived: DerivedList, offers: Sequence[OfferId]) -> None:
    known = await uow.price_lists.lock_offers(offers)
    plan = await _plan(uow, derived, offers)
    await uow.derivations.write(derived, plan.put, plan.gone)
    repriced = sorted(plan.repriced)
    uow.record(*[price_changed(known[offer_id], derived.price_list) for offer_id in repriced])
    uow.tell(*repriced)


async def _plan(uow: UnitOfWork, derived: DerivedList, offers: Sequence[OfferId]) -> DerivedPrices:
    base = await uow.derivations.prices(derived.base.id, offers)
    return derive(derived, base, await uow.derivations.prices(derived.price_list.id, offers))


async def _preview(uow: UnitOfWork, derived: DerivedList) -> DerivationCounts:
    """What deriving all of the list would do, a page of offers at a time."""
    lists, counts, after = [derived.base.id, derived.price_list.id], DerivationCounts(), None
    while offers := await uow.derivations.offers_after(lists, after, limit=BATCH):
        counts += (await _plan(uow, derived, offers)).counts
        after = offers[-1]
    return counts


async def _follow(uow: UnitOfWork, derived: DerivedList) -> None:
    key = derived.price_list.id
    await uow.derivations.put(key, derived.derivation)
    await uow.derivations.note_all(key)
    uow.enqueue(Job(JobKind.DERIVE_PRICES, key))


async def _derived(uow: UnitOfWork, command: DerivePriceList) -> DerivedList:
    base_id = command.base_id or await uow.derivations.default_list(command.base_currency or "")
    wanted = sorted({command.price_list_id, base_id or command.price_list_id})
    lists = {key: await uow.price_lists.lock(key) for key in wanted}
    price_list, base = lists[command.price_list_id], lists[base_id] if base_id else None
    if price_list is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such price list.", "price_list_id")
    if base is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such price list.", "base_id" if command.base_id else "base_currency")
    await _check_chain(uow, price_list, base, command)
    rounding, steps = await uow.derivations.payable(price_list)
    derivation = Derivation(
        base.id,
        command.exchange,
        command.adjustment_percent,
        steps if command.granularity is None else command.granularity,
    )
    return DerivedList(price_list, base, derivation, rounding)


async def _check_chain(uow: UnitOfWork, price_list: PriceList, base: PriceList, command: DerivePriceList) -> None:
    if base.id == price_list.id:
        raise refuse(ErrorCode.INVALID, "A list does not follow itself.", "base_id")
    if await uow.derivations.of(base.id) is not None:
        raise refuse(ErrorCode.INVALID, "That list is derived itself.", "base_id")
    if await uow.derivations.is_followed(price_list.id):
        raise refuse(ErrorCode.INVALID, "Other lists are derived from this one.", "price_list_id")
    if base.currency == price_list.currency and command.exchange.rate != 1:
        raise refuse(ErrorCode.INVALID, f"Both are in {base.currency}: the rate is 1.", "rate")


def _problems(command: DerivePriceList) -> list[Problem]:
    problems = _rate_problems(command.exchange)
    if (command.base_id is None) == (command.base_currency is None):
        problems.append(Problem(ErrorCode.INVALID, "Name a list, or a currency.", ("base_id",)))
    percent = command.adjustment_percent
    if not MIN_PERCENT < percent <= MAX_PERCENT or _digits(percent) > PERCENT_DIGITS:
        message = f"More than -100 and up to {MAX_PERCENT} percent, with up to {PERCENT_DIGITS} digits after the point."
        problems.append(Problem(ErrorCode.INVALID, message, ("adjustment_percent",)))
    if command.granularity is not None and not 1 <= command.granularity <= MAX_GRANULARITY:
        message = f"A granularity is 1 to {MAX_GRANULARITY} minor units."
        problems.append(Problem(ErrorCode.INVALID, message, ("granularity",)))
    return problems


def _rate_problems(exchange: ExchangeRate, at: int | None = None) -> list[Problem]:
    where = () if at is None else ("rates", str(at))
    problems = []
    if not 0 < exchange.rate < MAX_RATE or _digits(exchange.rate) > RATE_DIGITS:
        message = f"A rate is above 0 and below {MAX_RATE:f}, with up to {RATE_DIGITS} digits after the point."
        problems.append(Problem(ErrorCode.INVALID, message, (*where, "rate")))
    if not 0 < len(exchange.source.strip()) <= MAX_SOURCE_LENGTH or not is_plain(exchange.source):
        message = f"Say whose rate it is in 1 to {MAX_SOURCE_LENGTH} characters."
        problems.append(Problem(ErrorCode.INVALID, message, (*where, "source")))
    return problems


def _digits(number: Decimal) -> int:
    """How many digits stand after its point."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "the edge lets finite numbers in alone"
    return max(0, -exponent)


def _check(problems: Sequence[Problem]) -> None:
    if problems:
        raise Refused(*problems)
