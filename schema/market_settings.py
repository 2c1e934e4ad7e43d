"""What a market goes by, as staff reads it."""

import strawberry

from domain.orders import model as orders
from domain.pricing import model
from domain.pricing.prior_price import PriorPriceRule
from domain.shared import money
from resolvers import markets
from schema.base import enum, represents, resolve
from schema.scalars import CurrencyCode, LanguageTag, MinorUnits

enum(model.TaxLevel)
enum(model.PricePolicy)
enum(money.Rounding)
enum(orders.CaptureAt)
enum(PriorPriceRule)

MARKETS_READ = [["markets:read"]]


@strawberry.federation.type(
    requires_scopes=MARKETS_READ, tags=["admin"], description="The least that can be paid in a currency."
)
@represents(markets.PriceGranularity)
class PriceGranularity:
    currency: CurrencyCode = resolve(description="The currency.")
    step: MinorUnits = resolve(description="Totals are multiples of so many minor units: 10 for KWD 0.010.")


@strawberry.federation.type(requires_scopes=MARKETS_READ, tags=["admin"], description="A text in a language.")
@represents(markets.LocalizedText)
class LocalizedText:
    language: LanguageTag = resolve(description="The language.")
    text: str = resolve(description="The text.")


@strawberry.federation.type(requires_scopes=MARKETS_READ, tags=["admin"], description="What a market goes by.")
@represents(markets.ShownSettings)
class MarketSettings:
    tax_level: model.TaxLevel = resolve(description="How often a tax is rounded.")
    rounding: money.Rounding = resolve(description="What becomes of an exact half.")
    price_policy: model.PricePolicy = resolve(
        description="What stays the same when goods priced with tax go where the rate is another."
    )
    payment_days: int = resolve(description="How long a payment that settles later is waited for.")
    capture_at: orders.CaptureAt = resolve(description="When what buyers have authorized is taken.")
    estimates_duties: bool = resolve(
        description="Whether duty and import tax are estimated for what comes from another customs area."
    )
    price_granularity: list[PriceGranularity] = resolve(
        description="What can be paid in each currency; exact amounts in those that are not named."
    )
    withdrawal_days: int | None = resolve(
        description="How long consumers may withdraw; null where no law gives a term."
    )
    withdrawal_text: list[LocalizedText] = resolve(description="What they are told of it.")
    return_days: int = resolve(description="How long goods can be sent back.")
    abandoned_after_minutes: int | None = resolve(
        description="When a cart that nobody touches counts as left; null for never."
    )
    prior_price: PriorPriceRule = resolve(
        description="Which reduction the 30 days of a prior price end before, when one followed another."
    )
    position: int = resolve(description="Its place among the markets, of which the first is the default.")
