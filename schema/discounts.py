"""Why a price is what it is."""

import strawberry

from domain.pricing import discounts
from domain.pricing.coupons import model
from domain.shared.errors import ErrorCode
from schema.base import enum, represents, resolve
from schema.money import Money

enum(discounts.Funding)
strawberry.enum(discounts.Stage, name="DiscountStage", description="When a reduction takes its turn, in this order.")


@strawberry.type(description="A promotion, as buyers are told of it.")
@represents(discounts.PromotionRef)
class PromotionRef:
    id: strawberry.ID = resolve(description="The same for all that it took off.")
    name: str = resolve(description="What it is called.")


@strawberry.type(description="What one rule took off one line. Over all lines they sum exactly to the discount.")
@represents(discounts.DiscountAllocation)
class DiscountAllocation:
    promotion: PromotionRef = resolve(description="The rule.")
    code: str | None = resolve(description="The code that unlocked it, if it took one.")
    base: Money = resolve(description="What the line came to before it.")
    amount: Money = resolve(description="What it took off.")
    funded_by: discounts.Funding = resolve(description="Who bears it.")
    stage: discounts.Stage = resolve(description="When it took its turn.")


@strawberry.type(description="A code that was entered, and what came of it.")
@represents(model.PromoCodeState)
class PromoCodeState:
    code: str = resolve(description="As it was entered.")
    applied: bool = resolve(description="Whether it lowers the price as things are now.")
    reason: ErrorCode | None = resolve(
        description="Why it does not: COUPON_UNKNOWN, COUPON_EXPIRED, COUPON_EXHAUSTED, COUPON_NOT_APPLICABLE or "
        "COUPON_NOT_COMBINABLE. A code that does not hold yet is unknown."
    )
