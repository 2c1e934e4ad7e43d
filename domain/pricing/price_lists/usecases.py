"""What staff does with price lists: whom they are for and when, and the prices in them, with tiers and dates."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.pricing.following.usecases import have_followed
from domain.pricing.model import PriceList, TierMode
from domain.pricing.price_lists.ports import PricedOffer, PriceRow, UnitOfWork
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import MarketId, OfferId, PriceListId, VariantId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money, PriceEnding
from domain.shared.news import STOREFRONT
from domain.shared.text import is_plain

MAX_PRICES = 1_000
MAX_TEXT_LENGTH = 200
MAX_QUANTITY = 1_000_000
MAX_PRIORITY = 1_000_000


@dataclass(frozen=True, slots=True)
class UpsertPriceList:
    """Make a list, or change all that one says but its handle; its currency only while it is empty.

    A market, a group and a company say whom it is for, all of them together; none means everybody.
    """

    id: PriceListId | None
    handle: str | None
    name: str
    currency: str
    market_id: MarketId | None = None
    customer_group: str | None = None
    company_id: str | None = None
    priority: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tier_mode: TierMode = TierMode.VOLUME
    ending: tuple[int, int] | None = None
    """How its prices end, and at which steps: (99, 100) is x.99 in EUR."""


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """A price of an offer, or of the house vendor's offer of a variant; without `price` it is taken off the list.

    Prices differ by offer, least quantity and start: one that agrees in these is replaced.
    """

    price: Money | None
    offer_id: OfferId | None = None
    variant_id: VariantId | None = None
    min_quantity: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetPrices:
    """Write prices into a list: all of them, or none."""

    price_list_id: PriceListId
    prices: tuple[PriceEntry, ...]
    idempotency_key: str


async def upsert_price_list(uow: UnitOfWork, command: UpsertPriceList) -> PriceListId:
    _check_list(command)
    async with uow:
        if command.market_id is not None and not await uow.price_lists.is_market(command.market_id):
            raise refuse(ErrorCode.NOT_FOUND, "No such market.", "market_id")
        if command.company_id is not None and not await uow.price_lists.is_company(command.company_id):
            raise refuse(ErrorCode.NOT_FOUND, "No such company.", "company_id")
        if command.id is None:
            price_list = _made(command, PriceListId(uow.new_id("price_list")))
            handle = command.handle or price_list.id
            if not await uow.price_lists.add(price_list, handle):
                raise refuse(ErrorCode.INVALID, "Another list has this handle.", "handle")
        else:
            price_list = _made(command, command.id)
            await _change(uow, price_list)
        uow.tell(STOREFRONT)
        await uow.commit()
    return price_list.id


async def _change(uow: UnitOfWork, price_list: PriceList) -> None:
    known = await uow.price_lists.lock(price_list.id)
    if known is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such price list.", "id")
    if known.currency != price_list.currency and await uow.price_lists.is_used(known.id):
        raise refuse(ErrorCode.INVALID, f"Its prices are in {known.currency}.", "currency")
    await uow.price_lists.save(price_list)


async def set_prices(uow: UnitOfWork, command: SetPrices) -> PriceListId:
    """Effective at once, in windows at their instants; every replaced price is kept for prior prices (rule P15)."""
    if not 0 < len(command.prices) <= MAX_PRICES:
        raise refuse(ErrorCode.INVALID, f"1 to {MAX_PRICES} prices are set at once.", "prices")
    act = once(command, scope=command.price_list_id, key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.begin(act) is not None:
            return command.price_list_id
        price_list = await uow.price_lists.lock(command.price_list_id)
        if price_list is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such price list.", "price_list_id")
        offers = await _offers(uow, command.prices)
        known = await uow.price_lists.lock_offers(sorted({offer for offer in offers if offer is not None}))
        rows = _rows(command.prices, offers, known, price_list)
        changed = await uow.price_lists.set_prices(price_list.id, rows)
        uow.record(*[price_changed(known[offer_id], price_list) for offer_id in sorted(set(changed))])
        uow.tell(*changed)
        await have_followed(uow, price_list.id, sorted(set(changed)))
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return price_list.id


def _check_list(command: UpsertPriceList) -> None:
    texts = {"name": command.name, "handle": command.handle, "customer_group": command.customer_group}
    problems = [
        Problem(ErrorCode.INVALID, f"1 to {MAX_TEXT_LENGTH} characters without controls are wanted.", (name,))
        for name, text in texts.items()
        if text is not None and (not 0 < len(text.strip()) <= MAX_TEXT_LENGTH or not is_plain(text))
    ]
    if command.starts_at and command.ends_at and command.ends_at <= command.starts_at:
        problems.append(Problem(ErrorCode.INVALID, "It ends before it begins.", ("ends_at",)))
    if abs(command.priority) > MAX_PRIORITY:
        problems.append(Problem(ErrorCode.INVALID, f"A priority is up to {MAX_PRIORITY}.", ("priority",)))
    if command.ending is not None and not 0 <= command.ending[0] < command.ending[1]:
        problems.append(Problem(ErrorCode.INVALID, "An ending is at least 0 and less than its step.", ("ending",)))
    if problems:
        raise Refused(*problems)


def _made(command: UpsertPriceList, price_list_id: PriceListId) -> PriceList:
    return PriceList(
        id=price_list_id,
        name=command.name.strip(),
        currency=command.currency,
        market_id=command.market_id,
        customer_group=command.customer_group,
        company_id=command.company_id,
        priority=command.priority,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        tier_mode=command.tier_mode,
        ending=PriceEnding(*command.ending) if command.ending else None,
    )


async def _offers(uow: UnitOfWork, entries: Sequence[PriceEntry]) -> list[OfferId | None]:
    """The offer of each entry, None where there is none."""
    variants = [entry.variant_id for entry in entries if entry.offer_id is None and entry.variant_id is not None]
    by_variant = await uow.price_lists.house_offers(variants) if variants else {}
    return [entry.offer_id or (by_variant.get(entry.variant_id) if entry.variant_id else None) for entry in entries]


def _rows(
    entries: Sequence[PriceEntry],
    offers: Sequence[OfferId | None],
    known: Mapping[OfferId, PricedOffer],
    price_list: PriceList,
) -> list[PriceRow]:
    """The entries as rows; what is wrong is told all at once, and of two that agree the second is wrong."""
    problems: list[Problem] = []
    rows: dict[tuple[OfferId, int, datetime | None], PriceRow] = {}
    for at, (entry, offer_id) in enumerate(zip(entries, offers, strict=True)):
        problem = _problem(entry, price_list)
        if problem is None and (offer_id is None or offer_id not in known):
            problem = Problem(ErrorCode.NOT_FOUND, "No such offer.", ("offer_id" if entry.offer_id else "variant_id",))
        if problem is not None or offer_id is None:
            assert problem is not None, "an entry without an offer has a problem"
            problems.append(replace(problem, path=("prices", str(at), *problem.path)))
            continue
        key = (offer_id, entry.min_quantity, entry.starts_at)
        if key in rows:
            problems.append(Problem(ErrorCode.INVALID, "This price is told twice.", ("prices", str(at))))
        minor = None if entry.price is None else entry.price.minor
        rows[key] = PriceRow(offer_id, minor, entry.min_quantity, entry.starts_at, entry.ends_at)
    if problems:
        raise Refused(*problems)
    return list(rows.values())


def _problem(entry: PriceEntry, price_list: PriceList) -> Problem | None:
    if entry.price is not None and entry.price.currency != price_list.currency:
        return Problem(ErrorCode.INVALID, f"This list is in {price_list.currency}.", ("price", "currency"))
    if entry.price is not None and entry.price.minor < 0:
        return Problem(ErrorCode.INVALID, "A price is not negative.", ("price", "amount_minor"))
    if not 1 <= entry.min_quantity <= MAX_QUANTITY:
        return Problem(ErrorCode.INVALID, f"A quantity is 1 to {MAX_QUANTITY}.", ("min_quantity",))
    if entry.ends_at is not None and entry.starts_at is not None and entry.ends_at <= entry.starts_at:
        return Problem(ErrorCode.INVALID, "It ends before it begins.", ("ends_at",))
    return None


def price_changed(offer: PricedOffer, price_list: PriceList) -> Event:
    """That the offer costs something else by the list."""
    changes = {"priceListId": price_list.id, "currency": price_list.currency}
    return Event(EventType.PRICE_CHANGED, offer.id, vendor_id=offer.vendor_id, offer_id=offer.id, changes=changes)
