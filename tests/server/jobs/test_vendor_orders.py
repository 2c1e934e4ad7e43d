"""What the worker does with parts of orders that their vendors leave lying."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from domain.orders.rejecting.usecases import reject_overdue
from domain.shared.ids import VendorOrderId
from persistence.ids import new_id
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from server.jobs import vendor_orders
from server.jobs.vendor_orders import reject_overdue_parts
from tests.factories.clock import present
from tests.factories.orders import Placed, make_shop, place_order
from tests.fakes.news import LocalNews


def parts_at(pool: Pool, **later: int) -> Any:
    """What the job asks of a process, so long after the orders were placed."""
    now = present() + timedelta(**later)
    services = SimpleNamespace(now=lambda: now, reference=Reference(pool), new_id=new_id, news=LocalNews())
    return SimpleNamespace(pool=pool, services=services)


async def statuses(pool: Pool, placed: Placed) -> list[str]:
    rows = await pool.fetch("SELECT status FROM vendor_order WHERE order_id = $1 ORDER BY id", placed.order.id)
    return [row["status"] for row in rows]


async def test_o2_parts_are_rejected_once_48_hours_have_passed_and_not_before(pool: Pool):
    placed = await place_order(pool, await make_shop(pool))

    await reject_overdue_parts(parts_at(pool, hours=47))
    before = await statuses(pool, placed)
    has_more = await reject_overdue_parts(parts_at(pool, hours=48))

    assert (before, await statuses(pool, placed)) == (["NEW", "NEW"], ["REJECTED", "REJECTED"])
    assert has_more is False


async def test_a_part_that_cannot_be_rejected_stands_in_no_others_way(pool: Pool, monkeypatch: pytest.MonkeyPatch):
    placed = await place_order(pool, await make_shop(pool))

    async def broken_for_the_first(uow: Any, part: VendorOrderId, **options: Any) -> bool:
        if part == placed.parts[0].id:
            raise RuntimeError
        return await reject_overdue(uow, part, **options)

    monkeypatch.setattr(vendor_orders, "reject_overdue", broken_for_the_first)

    await reject_overdue_parts(parts_at(pool, hours=48))

    assert await statuses(pool, placed) == ["NEW", "REJECTED"]
