"""Adding goods to an order: priced, taxed, taken out of stock and owed to its buyer, all of it or nothing (rule O6).

Within the transaction of the caller, who has locked the stock, then the order and its parts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.inventory.sourcing import Pick, summed
from domain.orders.adding.model import Added, Standing
from domain.orders.adding.parts import (
    created_event,
    is_sent_by_network,
    is_taxed_alike,
    new_part,
    open_part,
    vendors_parts,
)
from domain.orders.adding.ports import NewNumber, SellingTerms, UnitOfWork
from domain.orders.adding.pricing import Coming, another, keeps_prices, more_of, order_grown, parts_grown, priced
from domain.orders.adding.promotions import Taken, taken_off
from domain.orders.giftcards.usecases import VOUCHER
from domain.orders.model import Allocation, Order, OrderLine, VendorOrder
from domain.orders.refunding.clawback import SoldRules
from domain.pricing.facts import OfferFacts
from domain.pricing.promotions.selection import Goods
from domain.pricing.tiers import Bought, Sale
from domain.shared.errors import ErrorCode, Refused, StockProblem, refuse
from domain.shared.ids import OfferId, OrderLineId, VendorOrderId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import replace


async def add_goods(
    uow: UnitOfWork,
    standing: Standing,
    more: Sequence[tuple[OrderLine, int]],
    added: Sequence[Added],
    *,
    now: datetime,
    new_number: NewNumber,
    opens_parts: bool = False,
) -> list[OrderLine]:
    """The new lines: `more` units of lines at the price of the sale, and units of other offers at their present one.

    Goods go into their vendor's part of which nothing was sent, downloads into one of their own. `opens_parts` says
    that goods whose vendor has sent its part already get a new one, at no cost of delivery.

    INSUFFICIENT_STOCK with everything that falls short, NOT_PURCHASABLE for offers that cannot join the order,
    INVALID_TRANSITION for more of what was sent.
    """
    terms = uow.terms.terms(standing.order.market_id)
    rules = await uow.edits.rules_of(standing.order, standing.lines)
    facts = await _facts(uow, standing, rules, added, now)
    rules = _knowing(rules, facts)
    places = _Places(uow, standing, now, new_number, opens_parts=opens_parts)
    coming = [places.more_of(line, quantity, terms, _goods(line, rules)) for line, quantity in more]
    coming += [places.another(facts.get(item.offer_id), item, at, terms) for at, item in enumerate(added)]
    if not coming:
        return []
    lines = _lines(uow, standing, coming, _taken(standing, coming, rules), terms)
    return await _append(uow, standing, lines, coming, places.opened, terms)


class _Places:
    """Finds the part that goods go into, and opens those that are lacking."""

    def __init__(
        self, uow: UnitOfWork, standing: Standing, now: datetime, new_number: NewNumber, *, opens_parts: bool
    ) -> None:
        self._uow = uow
        self._standing = standing
        self._now = now
        self._new_number = new_number
        self._opens_parts = opens_parts
        self.opened: list[VendorOrder] = []

    def more_of(self, line: OrderLine, quantity: int, terms: SellingTerms, goods: Goods) -> Coming:
        part = self._part(line, is_digital=is_sent_by_network(self._sold_in(line)))
        if part is None:
            raise refuse(ErrorCode.INVALID_TRANSITION, "Something of its part was sent already.", "set")
        coming = more_of(line, quantity, terms.market, goods)
        return replace(coming, sold=replace(line, vendor_order_id=part.id))

    def another(self, facts: OfferFacts | None, item: Added, at: int, terms: SellingTerms) -> Coming:
        order, path = self._standing.order, ("add", str(at))
        sale = Sale(self._now, order.market_id, order.currency, company_id=order.company_id)
        prices = facts.unit_prices(sale, Bought.alone(item.quantity)) if facts else None
        like = self._taxed_like(facts) if facts else None
        part = self._part(like, is_digital=facts.is_digital) if facts and like else None
        if not facts or not prices or not like or not part or not keeps_prices(terms.market, order):
            message = "This offer cannot join the order: not sold here, or of a vendor or a tax class that it has not."
            raise refuse(ErrorCode.NOT_PURCHASABLE, message, *path, "offer_id")
        if not facts.allows(item.quantity):
            around = " or ".join(map(str, facts.nearest(item.quantity)))
            raise refuse(ErrorCode.QUANTITY_LIMIT, f"It is sold by {around} units.", *path, "quantity")
        return another(facts, prices, like, part.id, *path)

    def _taxed_like(self, facts: OfferFacts) -> OrderLine | None:
        alike = (line for line in self._standing.lines if is_taxed_alike(line, facts.vendor_id, facts.tax_class))
        return next(alike, None)

    def _sold_in(self, line: OrderLine) -> VendorOrder:
        return next(part for part in self._standing.parts if part.id == line.vendor_order_id)

    def _part(self, like: OrderLine, *, is_digital: bool) -> VendorOrder | None:
        parts = [*self._standing.parts, *self.opened]
        found = open_part(parts, like, is_digital=is_digital)
        own = vendors_parts(parts, like, is_digital=is_digital) or ([self._sold_in(like)] if is_digital else [])
        if found is not None or not own or not (is_digital or self._opens_parts):
            return found
        opened = new_part(
            self._standing.order,
            own[0],
            is_digital=is_digital,
            part_id=VendorOrderId(self._uow.new_id("vendor_order")),
            number=self._new_number(),
            now=self._now,
        )
        self.opened.append(opened)
        return opened


async def _facts(
    uow: UnitOfWork, standing: Standing, rules: SoldRules | None, added: Sequence[Added], now: datetime
) -> Mapping[OfferId, OfferFacts]:
    """Of what is added, and of goods that promotions do not know since they came after the order was placed."""
    known = rules.goods if rules else {}
    unknown = [line.offer_id for line in standing.lines if rules and line.offer_id not in known]
    asked = sorted({*[item.offer_id for item in added], *unknown})
    order = standing.order
    return await uow.offers.facts(asked, language=order.language, currency=order.currency, now=now) if asked else {}


def _knowing(rules: SoldRules | None, facts: Mapping[OfferId, OfferFacts]) -> SoldRules | None:
    return rules and replace(rules, goods={**{key: found.goods for key, found in facts.items()}, **rules.goods})


def _goods(line: OrderLine, rules: SoldRules | None) -> Goods:
    if rules and line.offer_id in rules.goods:
        return rules.goods[line.offer_id]
    is_gift_card = line.tax_class == VOUCHER
    return Goods(line.product_id, line.variant_id, line.offer_id, line.vendor_id, is_gift_card=is_gift_card)


def _taken(standing: Standing, coming: Sequence[Coming], rules: SoldRules | None) -> Sequence[Taken]:
    if rules is None:
        return [()] * len(coming)
    used = {taken.promotion.id for line in standing.lines for taken in line.discounts}
    order = standing.order
    return taken_off(standing.kept, coming, rules, used, currency=order.currency, language=order.language)


def _lines(
    uow: UnitOfWork, standing: Standing, coming: Sequence[Coming], off: Sequence[Taken], terms: SellingTerms
) -> list[OrderLine]:
    after = max(line.position for line in standing.lines) + 1
    return [
        priced(
            item,
            taken,
            terms.market,
            house_vendor_id=terms.house_vendor_id,
            line_id=OrderLineId(uow.new_id("order_line")),
            position=after + at,
        )
        for at, (item, taken) in enumerate(zip(coming, off, strict=True))
    ]


async def _append(
    uow: UnitOfWork,
    standing: Standing,
    lines: Sequence[OrderLine],
    coming: Sequence[Coming],
    opened: Sequence[VendorOrder],
    terms: SellingTerms,
) -> list[OrderLine]:
    order = standing.order
    demand = summed([(line.offer_id, line.quantity) for line in lines if not line.is_download])
    picks = await uow.edits.allocate(demand, order.country) if demand else []
    if isinstance(picks, Mapping):
        short = [(line, item) for line, item in zip(lines, coming, strict=True) if line.offer_id in picks]
        raise Refused(*[_short(line, picks[line.offer_id], item.path) for line, item in short])
    grown = order_grown(order, lines, terms.market)
    rounding = grown.totals.rounding.minor - order.totals.rounding.minor
    parts = parts_grown([*standing.parts, *opened], lines, rounding)
    new_ids = {part.id for part in opened}
    fresh = [part for part in parts if part.id in new_ids]
    owed = _owed(lines, picks)
    known = [part for part in parts if part.id not in new_ids]
    await uow.edits.append(grown, known, owed, _allocations(lines, picks), new_parts=fresh)
    uow.record(*map(created_event, fresh))
    uow.enqueue(*_jobs(order, owed))
    return owed


def _owed(lines: Sequence[OrderLine], picks: Sequence[Pick]) -> list[OrderLine]:
    """The lines with the units that wait for their supply, the last of each offer first."""
    left = {pick.offer_id: pick.quantity for pick in picks if pick.is_waiting}
    owed = []
    for line in reversed(lines):
        waiting = min(line.quantity, left.get(line.offer_id, 0))
        left[line.offer_id] = left.get(line.offer_id, 0) - waiting
        owed.append(replace(line, backordered=waiting))
    return owed[::-1]


def _allocations(lines: Sequence[OrderLine], picks: Sequence[Pick]) -> list[Allocation]:
    """What was picked of an offer is given to its new lines one after the other."""
    left = {(pick.offer_id, pick.warehouse_id): pick.quantity for pick in picks if not pick.is_waiting}
    made = []
    for line in lines:
        wanted = line.quantity
        for (offer_id, warehouse_id), quantity in left.items():
            taken = min(wanted, quantity) if offer_id == line.offer_id else 0
            if taken:
                made.append(Allocation(line.id, offer_id, warehouse_id, taken))
                left[offer_id, warehouse_id] -= taken
                wanted -= taken
    return made


def _jobs(order: Order, lines: Sequence[OrderLine]) -> list[Job]:
    """Gift cards and downloads follow the money; what is waited for may have come to stock meanwhile."""
    jobs = [
        Job(JobKind.ALLOCATE_STOCK, offer) for offer in sorted({line.offer_id for line in lines if line.backordered})
    ]
    if any(line.is_download for line in lines):
        jobs.append(Job(JobKind.DELIVER_DIGITAL, order.id))
    if any(line.tax_class == VOUCHER for line in lines):
        jobs.append(Job(JobKind.ISSUE_GIFT_CARDS, order.id))
    return jobs


def _short(line: OrderLine, available: int, path: tuple[str, ...]) -> StockProblem:
    message = f"Only {available} of {line.title!r} left."
    return StockProblem(ErrorCode.INSUFFICIENT_STOCK, message, path[:1], offer_id=line.offer_id, available=available)
