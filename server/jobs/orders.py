"""What becomes of orders without anybody asking: their money, and their end."""

from datetime import datetime, timedelta

from domain.orders.holding import usecases as holding
from domain.orders.settling import usecases as settling
from domain.orders.settling.ports import Surroundings
from domain.shared.ids import OrderId, PaymentOperationId
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts

ASK_AGAIN = timedelta(seconds=30)


def surroundings(parts: Parts) -> Surroundings:
    services = parts.services
    return Surroundings(services.completing.gateways, services.now)


async def carry_out_operation(parts: Parts, operation_id: str) -> datetime | None:
    """Learn what came of a capture, void or refund; when to ask again, while its outcome is not known."""
    done = await settling.carry_out(unit_of_work(parts), PaymentOperationId(operation_id), surroundings(parts))
    return parts.services.now() + ASK_AGAIN if done.state.is_open else None


async def settle_order(parts: Parts, order_id: str) -> datetime | None:
    """Bring an order's money in line with what became of it; when to look again."""
    return await holding.settle_order(unit_of_work(parts), OrderId(order_id), surroundings(parts))
