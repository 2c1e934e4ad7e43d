"""The promotions that an order was sold under, in the revision that its checkout was promised."""

from collections.abc import Sequence

from domain.orders.model import Order, OrderLine
from domain.orders.refunding.clawback import SoldRules, is_reconsidered
from domain.pricing.promotions.situation import Offered
from domain.shared.money import Rounding
from persistence.checkout.promises import promises_of
from persistence.pricing.promotions import promotions_at
from persistence.statement import Database

_SOLD = """
SELECT c.pricing, m.prices_include_tax, m.rounding FROM checkout c JOIN market m ON m.id = c.market_id WHERE c.id = $1
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
    return SoldRules(
        offers=tuple(Offered(promotion) for promotion in promotions),
        goods={goods.offer_id: goods for goods in promised.goods.values()},
        buyer=promised.buyer,
        market_id=order.market_id,
        prices_include_tax=row["prices_include_tax"],
        rounding=Rounding(row["rounding"]),
    )
