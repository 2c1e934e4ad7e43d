"""What becomes of orders without anybody asking: their money, and their end."""

from datetime import datetime, timedelta

from domain.orders.covering import usecases as covering
from domain.orders.holding import usecases as holding
from domain.orders.settling import usecases as settling
from domain.orders.settling.ports import Surroundings
from domain.returns.settling import usecases as returning
from domain.shared.ids import OrderId, PaymentOperationId, ReturnId
from persistence.payments.operations import expiring_payments
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts

ASK_AGAIN = timedelta(seconds=30)
AHEAD = timedelta(hours=24)
"""How long before its end a hold is looked after."""
BATCH = 50


def surroundings(parts: Parts) -> Surroundings:
    services = parts.services
    return Surroundings(services.completing.gateways, services.now)


async def look_after_authorizations(parts: Parts) -> bool:
    """Holds that end within a day are taken, or their orders stopped (rule Y4); whether there may be more."""
    before = parts.services.now() + AHEAD
    found = await expiring_payments(parts.pool, before=before, limit=BATCH)
    for payment_id in found:
        await covering.look_after_authorization(unit_of_work(parts), payment_id, surroundings(parts))
    return len(found) == BATCH


async def carry_out_operation(parts: Parts, operation_id: str) -> datetime | None:
    """Learn what came of a capture, void or refund; when to ask again, while its outcome is not known."""
    done = await settling.carry_out(unit_of_work(parts), PaymentOperationId(operation_id), surroundings(parts))
    return parts.services.now() + ASK_AGAIN if done.state.is_open else None


async def settle_order(parts: Parts, order_id: str) -> datetime | None:
    """Bring an order's money in line with what became of it; when to look again."""
    return await holding.settle_order(unit_of_work(parts), OrderId(order_id), surroundings(parts))


async def settle_return(parts: Parts, return_id: str) -> None:
    """Give back what the goods that came back by a return were paid."""
    new_number = parts.services.completing.new_number
    await returning.settle_return(unit_of_work(parts), ReturnId(return_id), surroundings(parts), new_number=new_number)
