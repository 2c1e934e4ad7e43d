"""Markets as staff decides on them."""

from collections.abc import Mapping
from typing import Any

import strawberry

from domain.orders.model import CaptureAt
from domain.pricing.markets import usecases
from domain.pricing.model import PricePolicy, TaxLevel
from domain.pricing.prior_price import PriorPriceRule
from domain.shared.errors import RequestFault
from domain.shared.ids import MarketId
from domain.shared.money import Rounding
from resolvers import markets
from resolvers.ids import parse_id
from schema.base import Payload, mutation, resolve
from schema.pricing import Market
from schema.scalars import CountryCode, CurrencyCode, LanguageTag, MinorUnits

WRITE = [["markets:write"]]


@strawberry.input(description="The least that can be paid in a currency, in minor units: 10 for KWD 0.010.")
class PriceGranularityInput:
    currency: CurrencyCode
    step: MinorUnits


@strawberry.input(description="What consumers are told in a language.")
class LocalizedTextInput:
    language: LanguageTag
    text: str


@strawberry.input(description="How long consumers may withdraw, and what they are told of it.")
class WithdrawalTermsInput:
    days: int | None = strawberry.field(default=None, description="Null where no law gives a term.")
    text: list[LocalizedTextInput] | None = strawberry.field(default=None, description="Null leaves it as it is.")

    def to_domain(self) -> usecases.WithdrawalTerms:
        text = None if self.text is None else _unique([(item.language, item.text) for item in self.text])
        return usecases.WithdrawalTerms(self.days, text)


@strawberry.input(description="Settings of a market; null leaves one as it is.")
class MarketSettingsInput:
    tax_level: TaxLevel | None = None
    rounding: Rounding | None = strawberry.field(
        default=None, description="What becomes of an exact half; stays once something was sold."
    )
    price_policy: PricePolicy | None = None
    payment_days: int | None = strawberry.field(
        default=None, description="How long a payment that settles later is waited for, 0 to 60."
    )
    capture_at: CaptureAt | None = None
    estimates_duties: bool | None = strawberry.field(
        default=None, description="Whether duty and import tax are estimated for what comes from elsewhere."
    )
    price_granularity: list[PriceGranularityInput] | None = strawberry.field(
        default=None, description="In the place of all that were told; currencies that are left out are paid exactly."
    )
    withdrawal: WithdrawalTermsInput | None = None
    return_days: int | None = strawberry.field(default=None, description="How long goods can be sent back, 0 to 365.")
    abandoned_after_minutes: int | None = strawberry.field(
        default=None, description="When a cart that nobody touches counts as left; 0 for never."
    )
    prior_price: PriorPriceRule | None = None
    position: int | None = strawberry.field(
        default=None, description="Its place among the markets, of which the first is the default."
    )

    def to_domain(self) -> dict[str, Any]:
        """The settings that are told, by their names in the patch."""
        steps = self.price_granularity
        return {
            "tax_level": self.tax_level,
            "rounding": self.rounding,
            "price_policy": self.price_policy,
            "payment_days": self.payment_days,
            "captures_at_placement": None if self.capture_at is None else self.capture_at is CaptureAt.PLACEMENT,
            "estimates_duties": self.estimates_duties,
            "price_granularity": None if steps is None else _unique([(item.currency, item.step) for item in steps]),
            "withdrawal": None if self.withdrawal is None else self.withdrawal.to_domain(),
            "return_days": self.return_days,
            "abandoned_after_minutes": self.abandoned_after_minutes,
            "prior_price": self.prior_price,
            "position": self.position,
        }


@strawberry.input(description="A market, whole. The first of each list is the default.")
class MarketCreateInput:
    handle: str = strawberry.field(
        description="Its name in `@inContext(market:)`, of small letters, digits and dashes."
    )
    name: str
    countries: list[CountryCode]
    currencies: list[CurrencyCode] = strawberry.field(description="Each is given a price list of the market.")
    languages: list[LanguageTag]
    prices_include_tax: bool = strawberry.field(
        description="Whether prices are told with the taxes of the first country. Said once: every price is meant so."
    )
    time_zone: str
    settings: MarketSettingsInput | None = None

    def to_domain(self) -> usecases.CreateMarket:
        return usecases.CreateMarket(
            handle=self.handle,
            name=self.name,
            countries=tuple(self.countries),
            currencies=tuple(self.currencies),
            languages=tuple(self.languages),
            prices_include_tax=self.prices_include_tax,
            time_zone=self.time_zone,
            more=usecases.MarketPatch(**(self.settings.to_domain() if self.settings else {})),
        )


@strawberry.input(
    description="What becomes of a market; null leaves something as it is. Lists replace those they name."
)
class MarketUpdateInput:
    id: strawberry.ID
    name: str | None = None
    countries: list[CountryCode] | None = strawberry.field(
        default=None, description="The first of a market whose prices include tax stays once something was sold."
    )
    currencies: list[CurrencyCode] | None = strawberry.field(
        default=None, description="A new one is given a price list. Carts keep the currency that they were made in."
    )
    languages: list[LanguageTag] | None = None
    time_zone: str | None = None
    settings: MarketSettingsInput | None = None

    def to_domain(self) -> usecases.UpdateMarket:
        patch = usecases.MarketPatch(
            name=self.name,
            countries=None if self.countries is None else tuple(self.countries),
            currencies=None if self.currencies is None else tuple(self.currencies),
            languages=None if self.languages is None else tuple(self.languages),
            time_zone=self.time_zone,
            **(self.settings.to_domain() if self.settings else {}),
        )
        return usecases.UpdateMarket(parse_id(self.id, "market", MarketId), patch)


def _unique[Value](items: list[tuple[str, Value]]) -> Mapping[str, Value]:
    found = dict(items)
    if len(found) < len(items):
        raise RequestFault("Something is told twice of one language or currency.")
    return found


@strawberry.type(description="The market as it is now.")
class MarketCreatePayload(Payload):
    market: Market | None = resolve(description="The market as it is now.")


@strawberry.type(description="The market as it is now.")
class MarketUpdatePayload(Payload):
    market: Market | None = resolve(description="The market as it is now.")


@strawberry.type
class MarketsMutation:
    market_create: MarketCreatePayload | None = mutation(
        markets.create,
        input=MarketCreateInput,
        payload=MarketCreatePayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Make a market, with a price list in each of its currencies. Delivery and taxes are told apart.",
    )
    market_update: MarketUpdatePayload | None = mutation(
        markets.update,
        input=MarketUpdateInput,
        payload=MarketUpdatePayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Change a market. Carts and checkouts go by it with their next price; orders keep the terms that "
        "they were placed under.",
    )
