"""Gift wrap with a price, as lines and vendors show it."""

import strawberry

from domain.pricing.wrapping import model
from schema.base import enum, represents, resolve
from schema.money import Money, TaxedMoney

enum(model.GiftWrapPer)


@strawberry.type(description="Wrapping that was chosen for a line: a fee, taxed as its goods are.")
@represents(model.GiftWrap)
class GiftWrap:
    message: str | None = resolve(description="Words of the buyer to go with it.")
    per: model.GiftWrapPer = resolve(description="Whether all units are wrapped together, or each by itself.")
    price: TaxedMoney = resolve(description="What wrapping the whole line costs.")


@strawberry.type(description="What wrapping costs, as the market displays prices.")
@represents(model.WrapOffer)
class GiftWrapOffer:
    per: model.GiftWrapPer = resolve(description="Whether all units are wrapped together, or each by itself.")
    price: Money = resolve(description="Of one wrapping.")
