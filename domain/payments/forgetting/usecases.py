"""Forgetting means of payment that a gateway keeps."""

from domain.payments.gateways import Gateways
from domain.payments.stored import UnitOfWork
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import StoredMethodId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class ForgetMethod:
    """A customer's stored method shall never be charged again."""

    method_id: StoredMethodId


async def forget_method(uow: UnitOfWork, command: ForgetMethod, gateways: Gateways) -> None:
    """Forgotten by the gateway first, outside of any transaction, and then by us. Twice is as once.

    NOT_FOUND unless it is the customer's own. Raises GatewayUnavailable.
    """
    async with uow:
        stored = await uow.stored_methods.get(command.method_id, with_forgotten=True)
    if stored is None or stored.customer_id != uow.actor.customer_id:
        raise refuse(ErrorCode.NOT_FOUND, "No such stored method.", "id")
    await gateways[stored.gateway].forget(stored.reference)
    async with uow:
        await uow.stored_methods.forget(stored.id)
        await uow.commit()
