"""The promotions that an order was sold under, in the revision that its checkout was promised."""

from collections.abc import Sequence

from domain.checkout.promised import PromisedPrices
from domain.orders.model import Order, OrderLine
from domain.orders.refunding.clawback import SoldRules, is_reconsidered
from domain.pricing.promotions.situation import Offered
from domain.shared.money import Rounding
from persistence.checkout.promises import promises_of
from persistence.pricing.promotions import promotions_at, promotions_running
from persistence.statement import Database, Record

_SOLD = """
SELECT c.pricing, c.started_at, m.prices_include_tax, m.rounding
FROM checkout c JOIN market m ON m.id = c.market_id WHERE c.id = $1
"""


async def rules_of(database: Database, order: Order, lines: Sequence[OrderLine]) -> SoldRules | None:
    """What the order was sold under; None if no promotion has a say in what a return gives back."""
    used = sorted({taken.promotion.id for line in lines for taken in line.discounts})
    row = await database.fetchrow(_SOLD, order.checkout_id) if used else None
    if row is None or not row["pricing"]:
        return None
    promised = promises_of(row["pricing"])
    promotions = await promotions_at(database, used, promised.revision)
    if not any(map(is_reconsidered, promotions)):
        return None
    return _rules(order, row, promised, [Offered(promotion) for promotion in promotions])


async def rules_at_start(database: Database, order: Order, lines: Sequence[OrderLine]) -> SoldRules | None:
    """The promotions that ran when the order's checkout began, those of codes only where it used them.

    None where staff priced it without promotions, and for orders of an earlier release.
    """
    row = await database.fetchrow(_SOLD, order.checkout_id)
    if row is None or not row["pricing"]:
        return None
    promised = promises_of(row["pricing"])
    if not promised.manual.with_promotions:
        return None
    codes = {taken.promotion.id: taken.code for line in lines for taken in line.discounts if taken.code}
    running = await promotions_running(database, promised.revision, row["started_at"], with_codes=list(codes))
    return _rules(order, row, promised, [Offered(promotion, codes.get(promotion.id)) for promotion in running])


def _rules(order: Order, row: Record, promised: PromisedPrices, offers: Sequence[Offered]) -> SoldRules:
    return SoldRules(
        offers=tuple(offers),
        goods={goods.offer_id: goods for goods in promised.goods.values()},
        buyer=promised.buyer,
        market_id=order.market_id,
        prices_include_tax=row["prices_include_tax"],
        rounding=Rounding(row["rounding"]),
    )
