"""What vendors, and staff on their behalf, do with gift wrap."""

from domain.pricing.usecases import PRICING_WRITE
from domain.pricing.wrapping.model import GiftWrapPer, WrapTerms
from domain.pricing.wrapping.ports import UnitOfWork
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import VendorId
from domain.shared.making import dataclass
from domain.shared.money import Money

MAX_PRICE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SetGiftWrap:
    """Wrap goods that are paid in `currency` for `price` each time; without a price no more."""

    vendor_id: VendorId
    currency: str
    price: Money | None
    per: GiftWrapPer = GiftWrapPer.LINE

    @property
    def terms(self) -> WrapTerms | None:
        return None if self.price is None else WrapTerms(self.per, self.price.minor)


async def set_gift_wrap(uow: UnitOfWork, command: SetGiftWrap) -> VendorId:
    """For the vendor's members and staff with `pricing:write`; twice is as once.

    Carts have the new price at once, checkouts that were started keep theirs.
    """
    _check(command)
    async with uow:
        is_active = await uow.gift_wraps.is_active_vendor(command.vendor_id)
        if is_active is None or not _may_set(uow.actor, command.vendor_id):
            raise refuse(ErrorCode.NOT_FOUND, "No such vendor.", "vendor_id")
        if not is_active:
            raise refuse(ErrorCode.VENDOR_NOT_ACTIVE, "This vendor does not sell at present.", "vendor_id")
        if command.terms is not None and not await uow.gift_wraps.is_sold_in(command.currency):
            raise refuse(ErrorCode.INVALID, f"Nothing is sold in {command.currency}.", "currency")
        await uow.gift_wraps.set(command.vendor_id, command.currency, command.terms)
        uow.tell(command.vendor_id)
        await uow.commit()
    return command.vendor_id


def _check(command: SetGiftWrap) -> None:
    price = command.price
    if price is not None and price.currency != command.currency:
        raise refuse(ErrorCode.INVALID, f"This is for what is paid in {command.currency}.", "price", "currency")
    if price is not None and not 0 <= price.minor <= MAX_PRICE:
        raise refuse(ErrorCode.INVALID, f"A price is 0 to {MAX_PRICE} minor units.", "price", "amount_minor")


def _may_set(actor: Actor, vendor_id: VendorId) -> bool:
    return actor.acts_for(vendor_id) or (actor.is_staff and PRICING_WRITE in actor.scopes)
