"""Markets: all that staff says of them."""

from collections.abc import Sequence

from domain.orders.model import CaptureAt
from domain.pricing.markets import usecases
from domain.pricing.model import Market, PricePolicy, TaxLevel
from domain.pricing.prior_price import PriorPriceRule
from domain.shared.ids import MarketId
from domain.shared.making import dataclass
from domain.shared.money import Rounding
from resolvers.context import Info


@dataclass(frozen=True, slots=True)
class PriceGranularity:
    """The least that can be paid in a currency."""

    currency: str
    step: int


@dataclass(frozen=True, slots=True)
class LocalizedText:
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownSettings:
    """What a market goes by, as staff reads it."""

    tax_level: TaxLevel
    rounding: Rounding
    price_policy: PricePolicy
    payment_days: int
    capture_at: CaptureAt
    estimates_duties: bool
    price_granularity: Sequence[PriceGranularity]
    withdrawal_days: int | None
    withdrawal_text: Sequence[LocalizedText]
    return_days: int
    abandoned_after_minutes: int | None
    prior_price: PriorPriceRule
    position: int


async def create(info: Info, command: usecases.CreateMarket) -> Market:
    return await _taken_up(info, await usecases.create_market(info.context.unit_of_work(), command))


async def update(info: Info, command: usecases.UpdateMarket) -> Market:
    uow = info.context.unit_of_work()
    return await _taken_up(info, await usecases.update_market(uow, command, now=info.context.now))


async def settings(root: Market, info: Info) -> ShownSettings:
    found = await info.context.loaders.settings_of_market.load(root.id)
    assert found is not None, "markets are never deleted"
    market = found.market
    return ShownSettings(
        tax_level=market.tax_level,
        rounding=market.rounding,
        price_policy=market.price_policy,
        payment_days=market.payment_days,
        capture_at=CaptureAt.PLACEMENT if market.captures_at_placement else CaptureAt.SHIPMENT,
        estimates_duties=market.estimates_duties,
        price_granularity=[PriceGranularity(*item) for item in sorted(market.price_granularity.items())],
        withdrawal_days=market.withdrawal_days,
        withdrawal_text=[LocalizedText(*item) for item in sorted(market.withdrawal_text.items())],
        return_days=found.return_days,
        abandoned_after_minutes=found.abandoned_after_minutes,
        prior_price=found.prior_price,
        position=found.position,
    )


async def _taken_up(info: Info, market_id: MarketId) -> Market:
    """The market afresh; this process goes by it from now on, others when what they know has grown old."""
    info.context.services.reference.forget()
    info.context.forget_reads()
    found = await info.context.loaders.market.load(market_id)
    assert found is not None, "it was written just now"
    return found
