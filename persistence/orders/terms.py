"""The terms that orders were placed under: what their market said then, whatever it says now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.orders.model import CaptureAt, SaleTerms
from domain.shared.ids import MarketId
from persistence.statement import Database, Record

type Sale = tuple[MarketId, datetime]
"""Where and when something was bought."""

_TERMS = """
SELECT terms.capture_at, terms.return_days, terms.withdrawal_days, market.time_zone
FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY AS sale (market_id, placed_at, place)
JOIN market ON market.id = sale.market_id
CROSS JOIN LATERAL (
    SELECT capture_at, return_days, withdrawal_days, valid_until FROM market_term
    WHERE market_term.market_id = market.id AND valid_until > sale.placed_at
    UNION ALL
    SELECT market.capture_at, market.return_days, market.withdrawal_days, 'infinity'
    ORDER BY valid_until LIMIT 1
) AS terms
ORDER BY sale.place
"""


async def terms_of_sales(database: Database, sales: Sequence[Sale]) -> list[SaleTerms]:
    """The terms of each sale, in the order they are asked for; markets are never deleted."""
    rows = await database.fetch(_TERMS, [market_id for market_id, _ in sales], [moment for _, moment in sales])
    assert len(rows) == len(sales), "markets with orders are never deleted"
    return [_terms(row) for row in rows]


def _terms(row: Record) -> SaleTerms:
    capture_at, return_days, withdrawal_days, time_zone = row
    return SaleTerms(CaptureAt(capture_at), timedelta(days=return_days), withdrawal_days, time_zone)
