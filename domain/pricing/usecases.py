"""What vendors, and staff on their behalf, do with offers."""

from domain.pricing.following.usecases import have_followed
from domain.pricing.offer import OfferCondition, StockPolicy
from domain.pricing.ports import OfferTerms, SupplyTerms, UnitOfWork
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, VariantId, VendorId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass, replace
from domain.shared.money import Money

PRICING_WRITE = "pricing:write"
MAX_QUANTITY = 1_000_000


@dataclass(frozen=True, slots=True)
class UpsertOffer:
    """Sell a variant in a condition at `price`, or change the terms of an offer that is there.

    None leaves a limit, or how it is sold beyond its stock, as it is. `expected_version` refuses the change if somebody
    else was faster.
    """

    vendor_id: VendorId
    variant_id: VariantId
    condition: OfferCondition
    price: Money
    min_quantity: int | None = None
    max_quantity: int | None = None
    step: int | None = None
    expected_version: int | None = None
    supply: SupplyTerms | None = None


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
        await have_followed(uow, price_list_id, [offer.id])
        if command.supply is not None:
            await _set_supply(uow, offer, command.supply)
        uow.tell(offer.id)
        await uow.commit()
    return offer.id


async def _set_supply(uow: UnitOfWork, offer: OfferTerms, supply: SupplyTerms) -> None:
    """Sell it so, and see to those who wait for it: at once, and when it is released."""
    if not await uow.offer_writer.set_supply(offer.id, supply):
        message = "More units than that are sold ahead already."
        raise refuse(ErrorCode.QUANTITY_LIMIT, message, "stock_policy", "limit")
    uow.record(_supply_changed(offer, supply))
    uow.enqueue(Job(JobKind.ALLOCATE_STOCK, offer.id))
    if supply.policy is StockPolicy.PREORDER:
        uow.enqueue(Job(JobKind.ALLOCATE_STOCK, offer.id, supply.available_from))


async def _check(uow: UnitOfWork, command: UpsertOffer) -> ProductId:
    is_active = await uow.offer_writer.is_active_vendor(command.vendor_id)
    if is_active is None or not _may_sell(uow.actor, command.vendor_id):
        raise refuse(ErrorCode.NOT_FOUND, "No such vendor.", "vendor_id")
    if not is_active:
        raise refuse(ErrorCode.VENDOR_NOT_ACTIVE, "This vendor does not sell at present.", "vendor_id")
    problems = _supply_problems(command.supply) if command.supply else []
    if problems:
        raise Refused(*problems)
    product_id = await uow.offer_writer.product_of(command.variant_id)
    if product_id is None or not await _may_offer(uow, command.vendor_id, product_id):
        raise refuse(ErrorCode.NOT_FOUND, "No such variant.", "variant_id")
    return product_id


def _supply_problems(supply: SupplyTerms) -> list[Problem]:
    if supply.policy is StockPolicy.DENY:
        if supply.limit or supply.available_from:
            return [Problem(ErrorCode.INVALID, "What is not sold ahead has no limit and no date.", ("stock_policy",))]
        return []
    problems = []
    if not 1 <= supply.limit <= MAX_QUANTITY:
        message = f"A limit is 1 to {MAX_QUANTITY}."
        problems.append(Problem(ErrorCode.INVALID, message, ("stock_policy", "limit")))
    if supply.policy is StockPolicy.PREORDER and supply.available_from is None:
        message = "Say when it is released."
        problems.append(Problem(ErrorCode.REQUIRED, message, ("stock_policy", "available_from")))
    return problems


async def _may_offer(uow: UnitOfWork, vendor_id: VendorId, product_id: ProductId) -> bool:
    """A vendor may not offer what others prepare: the offer would show it to the vendor."""
    return _is_pricing_staff(uow.actor) or await uow.offer_writer.is_known_to(vendor_id, product_id)


def _may_sell(actor: Actor, vendor_id: VendorId) -> bool:
    return actor.acts_for(vendor_id) or _is_pricing_staff(actor)


def _is_pricing_staff(actor: Actor) -> bool:
    return actor.is_staff and PRICING_WRITE in actor.scopes


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


def _supply_changed(offer: OfferTerms, supply: SupplyTerms) -> Event:
    available_from = supply.available_from.isoformat() if supply.available_from else None
    changes = {"stockPolicy": supply.policy.value, "limit": supply.limit, "availableFrom": available_from}
    return Event(EventType.STOCK_CHANGED, offer.id, vendor_id=offer.vendor_id, offer_id=offer.id, changes=changes)
