"""What promotions ask about a buyer: one statement, and only where a promotion asks."""

from domain.pricing.promoting.offering import Offering
from domain.pricing.promotions.situation import ANYBODY, Buyer
from domain.shared.ids import CompanyId, CustomerId
from persistence.statement import Connection, Database

_BUYER = """
SELECT (SELECT customer_group FROM customer WHERE id = $1),
       ARRAY(SELECT segment FROM customer_segment WHERE customer_id = $1),
       NOT EXISTS (SELECT FROM "order" o WHERE o.customer_id = $1 OR ($1::text IS NULL AND o.email = $2))
"""


async def buyer_of(
    database: Database,
    offering: Offering,
    customer_id: CustomerId | None,
    email: str | None = None,
    company_id: CompanyId | None = None,
) -> Buyer:
    """Who buys, as far as the promotions on offer want to know. A guest's first order is told by their email."""
    if not offering.names_buyers or (customer_id is None and email is None):
        return ANYBODY
    row = await database.fetchrow(_BUYER, customer_id, email)
    assert row is not None, "a SELECT without FROM has a row"
    group, segments, is_first_order = row
    return Buyer(frozenset({group}) if group else frozenset(), frozenset(segments), company_id, is_first_order)


class Buyers:
    """Implements `domain.pricing.coupons.ports.BuyerReader` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def buyer(
        self,
        offering: Offering,
        customer_id: CustomerId | None,
        email: str | None,
        company_id: CompanyId | None = None,
    ) -> Buyer:
        return await buyer_of(self._connection, offering, customer_id, email, company_id)
