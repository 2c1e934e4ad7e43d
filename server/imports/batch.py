"""Some hundred products written in one transaction: looked up together, checked one by one, written by kind of row."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from domain.shared.events import Event, EventType
from domain.shared.ids import OfferId, PriceListId, VendorId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass
from persistence import jobs, outbox
from persistence.catalog import bulk, search_index
from persistence.changes import count_storefront
from persistence.ids import new_id
from persistence.pricing.derivations import DerivedPriceLists
from persistence.statement import Connection
from server.imports.plan import Candidate, Known, Plan, RowError, check_names, plan_of

ACTOR = "import"
REASON = "IMPORT"
LOCK = 4_812_206_331


@dataclass(slots=True)
class Outcome:
    """What became of a batch."""

    created: int = 0
    changed: int = 0
    rejected: list[tuple[int, str, str]] = field(default_factory=list)


async def write(connection: Connection, candidates: Sequence[Candidate], *, language: str) -> Outcome:
    """Write the products, in the caller's transaction. Those that the database's state speaks against are left out.

    What was written is noted for `Indexing` to make it searchable.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    outcome = Outcome()
    known = await Known.of(connection, candidates, language=language)
    good = [item for item in candidates if _passes(item, outcome, lambda item: check_names(item.row, known))]
    has_grown = await known.references.grow(connection, [item.row for item in good])
    plans: list[Plan] = []
    for item in good:
        _passes(item, outcome, lambda item: plans.append(plan_of(item, known, language)))
    hashes = {item.row.external_id: item.content_hash for item in good}
    has_moved = await _write(connection, plans, known, hashes, outcome)
    if has_grown or has_moved:
        await count_storefront(connection)
    return outcome


def _passes(item: Candidate, outcome: Outcome, check: Callable[[Candidate], object]) -> bool:
    try:
        check(item)
    except RowError as problem:
        outcome.rejected.append((item.line, item.row.external_id, str(problem)))
        return False
    return True


async def _write(
    connection: Connection,
    plans: Sequence[Plan],
    known: Known,
    hashes: Mapping[str, bytes],
    outcome: Outcome,
) -> bool:
    """Whether a product that was there before is in other collections now, of which no event tells."""
    fresh = [(*plan.product, hashes[plan.product[1]]) for plan in plans if plan.is_new]
    await bulk.insert(connection, bulk.NEW_PRODUCT, fresh)
    touched = await bulk.upsert(connection, bulk.PRODUCT, [plan.product for plan in plans if not plan.is_new])
    await bulk.remember_content(
        connection, [(plan.product_id, hashes[plan.product[1]]) for plan in plans if not plan.is_new]
    )
    touched += await _put(connection, bulk.VARIANT, (record for plan in plans for record in plan.variants), known.ids)
    await _put(connection, bulk.OFFER, (record for plan in plans for record in plan.offers), known.ids)
    repriced = await _write_prices(connection, plans, known)
    changes = [change for plan in plans for change in plan.stock]
    new_offers = {record[0] for plan in plans for record in plan.offers} - known.ids
    await bulk.change_stock(connection, changes, new_offers, reason=REASON, reference=ACTOR, actor=ACTOR)
    await _write_slugs(connection, plans)
    has_moved = await _write_members(connection, plans)
    events = _events(plans, known, _products_of(plans, {*touched}), repriced)
    await outbox.record(connection, events, actor=ACTOR, new_id=new_id)
    await search_index.postpone(connection, [plan.product_id for plan in plans])
    outcome.created = len(fresh)
    outcome.changed = len(plans) - len(fresh)
    return has_moved


async def _put(
    connection: Connection, kind: bulk.Upsert, records: Iterable[tuple[Any, ...]], known: Container[str]
) -> list[str]:
    """Insert the records whose first column is not `known`, update the others. The first columns that were written."""
    new: list[tuple[Any, ...]] = []
    old: list[tuple[Any, ...]] = []
    for record in records:
        (old if record[0] in known else new).append(record)
    await bulk.insert(connection, kind, new)
    return [*(record[0] for record in new), *await bulk.upsert(connection, kind, old)]


def _products_of(plans: Sequence[Plan], written: set[str]) -> list[str]:
    """The products of which the row itself or a variant was written."""
    return [
        plan.product_id
        for plan in plans
        if plan.is_new or plan.product_id in written or any(record[0] in written for record in plan.variants)
    ]


async def _write_prices(connection: Connection, plans: Sequence[Plan], known: Known) -> set[str]:
    """Make the offers' prices in the public lists what the rows say. The offers of which one changed."""
    prices = [record for plan in plans for record in plan.prices]
    offers = [record[0] for plan in plans if not plan.is_new for record in plan.offers]
    lists = known.references.managed_price_lists
    dropped = (
        await bulk.drop_other_prices(connection, offers, lists, [record[:3] for record in prices]) if offers else []
    )
    repriced = {*dropped, *await _put(connection, bulk.PRICE, prices, known.ids)}
    await _have_followed(connection, lists, sorted(repriced))
    return repriced


async def _have_followed(connection: Connection, lists: Sequence[str], offers: Sequence[str]) -> None:
    """Have a job bring the prices that are derived from these in line with them."""
    if not offers:
        return
    noted = DerivedPriceLists(connection).note([PriceListId(key) for key in lists], [OfferId(key) for key in offers])
    if followers := await noted:
        await jobs.enqueue(connection, [Job(JobKind.DERIVE_PRICES, follower) for follower in followers])


async def _write_slugs(connection: Connection, plans: Sequence[Plan]) -> None:
    await bulk.insert(connection, bulk.SLUG, _slugs(plan for plan in plans if plan.is_new))
    named = [plan for plan in plans if not plan.is_new]
    await bulk.upsert(connection, bulk.SLUG, _slugs(named))
    current = [(plan.product_id, language, slug) for plan in named for language, slug in plan.slugs]
    await bulk.retire_slugs(connection, "PRODUCT", current)


async def _write_members(connection: Connection, plans: Sequence[Plan]) -> bool:
    """Make the products' collections what the rows say; whether any product that was there before moved."""
    new = [member for plan in plans if plan.is_new for member in plan.members or ()]
    placed = [plan for plan in plans if plan.members is not None and not plan.is_new]
    members = [member for plan in placed for member in plan.members or ()]
    ids = [plan.product_id for plan in placed]
    has_left = bool(ids) and await bulk.leave_other_collections(connection, ids, [item[:2] for item in members])
    has_joined = await bulk.upsert(connection, bulk.MEMBER, members)
    await bulk.upsert(connection, bulk.MEMBER, new)
    return has_left or bool(has_joined)


def _slugs(plans: Iterable[Plan]) -> list[tuple[Any, ...]]:
    return [("PRODUCT", language, slug, plan.product_id, True) for plan in plans for language, slug in plan.slugs]


def _events(plans: Sequence[Plan], known: Known, changed: Sequence[str], repriced: set[str]) -> list[Event]:
    """One fact per product that changed, and of offers that were there before one per new price or count."""
    events = [Event(EventType.PRODUCT_CHANGED, product_id) for product_id in changed]
    vendors = {record[0]: record[3] for plan in plans for record in plan.offers}
    moved = {change.offer_id for plan in plans for change in plan.stock if change.delta}
    for kind, offers in ((EventType.PRICE_CHANGED, repriced), (EventType.STOCK_CHANGED, moved)):
        events += [
            Event(kind, offer_id, vendor_id=VendorId(vendors[offer_id]), offer_id=OfferId(offer_id))
            for offer_id in sorted(offers & known.ids)
        ]
    return events
