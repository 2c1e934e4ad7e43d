"""Hearing what gateways tell, and reading from them what is so (rule I6).

A notice is written down once and answered at once; what it is about is read later, from the gateway itself. Reading
goes on with whatever is under way (a payment whose buyer never came back becomes an order), then takes over what the
gateway did without us: refunds that came back, holds that ran out, disputes.
"""

from collections.abc import Sequence
from contextlib import suppress

from domain.checkout.completion.ports import Surroundings
from domain.checkout.observing.ports import UnitOfWork
from domain.checkout.settling.usecases import resume
from domain.orders.settling import ports as settling
from domain.orders.settling.usecases import carry_out, intend, take_back
from domain.payments.model import Payment, PaymentState
from domain.payments.observing import Difference, Notice, bounced, differences, dispute_events, opened
from domain.payments.operations import void_of
from domain.payments.ports import GatewayPayment
from domain.shared.errors import Refused
from domain.shared.ids import DisputeId, GatewayEventId, PaymentId, PaymentOperationId
from domain.shared.jobs import Job, JobKind
from domain.shared.money import Money

EXPIRED = "authorization_expired"


async def take_notices(uow: UnitOfWork, notices: Sequence[Notice]) -> int:
    """Write down those that were not told before, and have each observed by a worker; how many they were."""
    taken = 0
    async with uow:
        for notice in notices:
            event_id = GatewayEventId(uow.new_id("gateway_event"))
            if await uow.notices.take(notice, event_id):
                uow.enqueue(Job(JobKind.OBSERVE_GATEWAY_EVENT, event_id))
                taken += 1
        await uow.commit()
    return taken


async def observe(uow: UnitOfWork, event_id: GatewayEventId, around: Surroundings) -> list[Difference]:
    """Read what a notice is about. Harmless when repeated; raises GatewayUnavailable, and is then to be repeated."""
    async with uow:
        notice = await uow.notices.get(event_id)
    assert notice is not None, "notices are not deleted before they are observed"
    found: list[Difference] = []
    if notice.reference is not None and notice.gateway in around.gateways.by_name:
        payment_id = await _payment_of(uow, notice.gateway, notice.reference, around)
        if payment_id is not None:
            found = await observe_payment(uow, payment_id, around)
    async with uow:
        await uow.notices.observed(event_id, now=around.now())
        await uow.commit()
    return found


async def _payment_of(uow: UnitOfWork, gateway: str, reference: str, around: Surroundings) -> PaymentId | None:
    """Ours, by the reference; by its key if we never heard the reference. None for what is not ours at all."""
    async with uow:
        known = await uow.notices.payment_of(gateway, reference=reference)
    if known is not None:
        return known
    found = await around.gateways[gateway].look_up(reference)
    if found is None or found.key is None:
        return None
    async with uow:
        return await uow.notices.payment_of(gateway, reference=reference, key=found.key)


async def observe_payment(uow: UnitOfWork, payment_id: PaymentId, around: Surroundings) -> list[Difference]:
    """Go on with what is under way for a payment, then record what its gateway did without us.

    What remains is money that somebody moved at the gateway by hand, which staff is to be told of.
    """
    with suppress(Refused):
        await resume(uow, payment_id, around)
    settling_around = settling.Surroundings(around.gateways, around.now)
    async with uow:
        operations = await uow.notices.operations_of(payment_id)
    for operation in operations:
        if operation.state.is_open:
            await carry_out(uow, operation.id, settling_around)
    payment = await _read(uow, payment_id)
    if payment.gateway_reference is None:
        return []
    found = await around.gateways[payment.gateway].look_up(payment.gateway_reference)
    if found is None:
        return []
    await _take_back_bounced(uow, payment_id, found)
    await _record_expiry(uow, payment, found, settling_around)
    await _record_disputes(uow, payment, found, around)
    return await _differences(uow, payment_id, found)


async def _read(uow: UnitOfWork, payment_id: PaymentId) -> Payment:
    async with uow:
        payment = await uow.operations.payment(payment_id)
    assert payment is not None, "payments are never deleted"
    return payment


async def _take_back_bounced(uow: UnitOfWork, payment_id: PaymentId, found: GatewayPayment) -> None:
    async with uow:
        operations = await uow.notices.operations_of(payment_id)
    for operation, refund in bounced(operations, found):
        await take_back(uow, operation.id, failure=refund.failure or "refund_failed")


async def _record_expiry(
    uow: UnitOfWork, payment: Payment, found: GatewayPayment, around: settling.Surroundings
) -> None:
    """Let go of what the gateway does not hold any more, by a void, which finds it gone (rule Y4)."""
    if payment.state is not PaymentState.AUTHORIZED or found.capturable.minor or not payment.capturable.minor:
        return
    operation_id = PaymentOperationId(uow.new_id("payment_operation"))
    async with uow:
        try:
            void = await intend(uow, void_of(payment, operation_id=operation_id, reason=EXPIRED), now=around.now())
        except Refused:
            return
        await uow.commit()
    await carry_out(uow, void.id, around)


async def _record_disputes(uow: UnitOfWork, payment: Payment, found: GatewayPayment, around: Surroundings) -> None:
    if not found.disputes:
        return
    now = around.now()
    async with uow:
        known = {dispute.reference: dispute for dispute in await uow.disputes.lock_of(payment.id)}
        for item in found.disputes:
            before = known.get(item.reference)
            dispute_id = DisputeId(uow.new_id("dispute"))
            after = (
                before.told(item, now=now)
                if before
                else opened(item, dispute_id=dispute_id, payment_id=payment.id, order_id=payment.order_id, now=now)
            )
            if after != before:
                await uow.disputes.save(after)
                uow.record(*dispute_events(before, after))
        await uow.commit()


async def _differences(uow: UnitOfWork, payment_id: PaymentId, found: GatewayPayment) -> list[Difference]:
    async with uow:
        payment = await uow.operations.payment(payment_id)
        operations = await uow.notices.operations_of(payment_id)
    assert payment is not None, "payments are never deleted"
    if payment.state in {PaymentState.VOIDED, PaymentState.VOID_INTENDED}:
        kept, nothing = found.captured - found.refunded, Money.zero(found.captured.currency)
        return [Difference("kept", nothing, kept)] if kept.minor else []
    return differences(payment.captured, payment.refunded, operations, found)
