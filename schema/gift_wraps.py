"""What vendors do about gift wrap."""

import strawberry

from domain.pricing.wrapping.model import GiftWrapPer
from domain.pricing.wrapping.usecases import SetGiftWrap
from domain.shared.ids import VendorId
from resolvers import wrapping
from resolvers.ids import parse_id
from schema.base import Payload, mutation, resolve
from schema.money import MoneyInput
from schema.scalars import CurrencyCode
from schema.vendors import Vendor


@strawberry.input(description="What a vendor asks for wrapping goods that are paid in a currency.")
class GiftWrapSetInput:
    vendor_id: strawberry.ID
    currency: CurrencyCode
    price: MoneyInput | None = strawberry.field(
        default=None, description="Of one wrapping, as price lists say prices; null to wrap no more."
    )
    per: GiftWrapPer = strawberry.field(
        default=GiftWrapPer.LINE, description="Whether all units are wrapped together, or each by itself."
    )

    def to_domain(self) -> SetGiftWrap:
        price = self.price.to_domain() if self.price else None
        return SetGiftWrap(parse_id(self.vendor_id, "vendor", VendorId), self.currency, price, self.per)


@strawberry.type(description="The vendor that wraps on new terms.")
class GiftWrapSetPayload(Payload):
    vendor: Vendor | None = resolve(description="The vendor that wraps on new terms.")


@strawberry.type
class WrappingMutation:
    gift_wrap_set: GiftWrapSetPayload | None = mutation(
        wrapping.set_gift_wrap,
        input=GiftWrapSetInput,
        payload=GiftWrapSetPayload,
        policy=[["vendor"], ["staff", "scope:pricing:write"]],
        tags=["vendor", "admin"],
        description="Offer gift wrap at a price, change it, or offer it no more.",
    )
