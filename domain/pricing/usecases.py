"""What vendors, and staff on their behalf, do with offers."""

from dataclasses import dataclass, replace

from domain.pricing.offer import OfferCondition
from domain.pricing.ports import OfferTerms, UnitOfWork
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, VariantId, VendorId
from domain.shared.money import Money

PRICING_WRITE = "pricing:write"
MAX_QUANTITY = 1_000_000


@dataclass(frozen=True, slots=True)
class UpsertOffer:
    """Sell a variant in a condition at `price`, or change the terms of an offer that is there.

    None leaves a limit as it is. `expected_version` refuses the change if somebody else was faster.
    """

    vendor_id: VendorId
    variant_id: VariantId
    condition: OfferCondition
    price: Money
    min_quantity: int | None = None
    max_quantity: int | None = None
    step: int | None = None
    expected_version: int | None = None


async def upsert_offer(uow: UnitOfWork, command: UpsertOffer, *, market_id: MarketId) -> OfferId:
    """For the vendor's members and staff with `pricing:write`. The price is as displayed, with tax where so.

    Of several markets with the price's currency, the caller's own (`market_id`) is meant.
    """
    async with uow:
        product_id = await _check(uow, command)
        price_list_id = await _price_list(uow, command, market_id)
        offer = await _offer(uow, command, product_id)
        old = await uow.offer_writer.price(offer.id, price_list_id)
        await uow.offer_writer.set_price(offer.id, price_list_id, command.price.minor)
        if old != command.price.minor:
            uow.record(_price_changed(offer, command.price, old))
        uow.tell(offer.id)
        await uow.commit()
    return offer.id


async def _check(uow: UnitOfWork, command: UpsertOffer) -> ProductId:
    is_active = await uow.offer_writer.is_active_vendor(command.vendor_id)
    if is_active is None or not _may_sell(uow.actor, command.vendor_id):
        raise refuse(ErrorCode.NOT_FOUND, "No such vendor.", "vendor_id")
    if not is_active:
        raise refuse(ErrorCode.VENDOR_NOT_ACTIVE, "This vendor does not sell at present.", "vendor_id")
    product_id = await uow.offer_writer.product_of(command.variant_id)
    if product_id is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such variant.", "variant_id")
    return product_id


def _may_sell(actor: Actor, vendor_id: VendorId) -> bool:
    return actor.acts_for(vendor_id) or (actor.is_staff and PRICING_WRITE in actor.scopes)


async def _price_list(uow: UnitOfWork, command: UpsertOffer, market_id: MarketId) -> PriceListId:
    if command.price.minor < 0:
        raise refuse(ErrorCode.INVALID, "A price is not negative.", "price", "amount_minor")
    found = await uow.offer_writer.price_list(command.price.currency, market_id=market_id)
    if found is None:
        raise refuse(ErrorCode.INVALID, f"Nothing is sold in {command.price.currency}.", "price", "currency")
    return found


async def _offer(uow: UnitOfWork, command: UpsertOffer, product_id: ProductId) -> OfferTerms:
    """The offer, locked and on the terms of the command: a new one, or the one there was."""
    if command.expected_version is None:
        new = _limited(_new(uow, command, product_id), command)
        if await uow.offer_writer.add(new):
            return new
    known = await uow.offer_writer.lock(command.variant_id, command.vendor_id, command.condition)
    if known is None:
        raise refuse(ErrorCode.VERSION_CONFLICT, "There is no such offer yet.", "expected_version")
    if command.expected_version not in (None, known.version):
        raise refuse(ErrorCode.VERSION_CONFLICT, f"The offer is at version {known.version}.", "expected_version")
    changed = replace(_limited(known, command), version=known.version + 1)
    await uow.offer_writer.save(changed)
    return changed


def _new(uow: UnitOfWork, command: UpsertOffer, product_id: ProductId) -> OfferTerms:
    return OfferTerms(
        id=OfferId(uow.new_id("offer")),
        variant_id=command.variant_id,
        product_id=product_id,
        vendor_id=command.vendor_id,
        condition=command.condition,
        min_quantity=1,
        max_quantity=None,
        step=1,
        version=1,
    )


def _limited(terms: OfferTerms, command: UpsertOffer) -> OfferTerms:
    """The terms with the command's limits, if there are quantities that meet them all."""
    changed = replace(
        terms,
        min_quantity=terms.min_quantity if command.min_quantity is None else command.min_quantity,
        max_quantity=terms.max_quantity if command.max_quantity is None else command.max_quantity,
        step=terms.step if command.step is None else command.step,
    )
    limits = {"min": changed.min_quantity, "max": changed.max_quantity, "step": changed.step}
    problems = [
        Problem(ErrorCode.INVALID, f"A quantity is 1 to {MAX_QUANTITY}.", (name,))
        for name, limit in limits.items()
        if limit is not None and not 1 <= limit <= MAX_QUANTITY
    ]
    if not problems and changed.max_quantity is not None and changed.max_quantity < changed.min_quantity:
        problems.append(Problem(ErrorCode.INVALID, "The maximum is below the minimum.", ("max",)))
    if problems:
        raise Refused(*problems)
    return changed


def _price_changed(offer: OfferTerms, price: Money, old: int | None) -> Event:
    return Event(
        EventType.PRICE_CHANGED,
        offer.id,
        vendor_id=offer.vendor_id,
        offer_id=offer.id,
        changes={"amountMinor": {"old": old, "new": price.minor}, "currency": price.currency},
    )
