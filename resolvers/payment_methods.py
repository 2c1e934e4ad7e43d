"""Means of payment that gateways keep for customers."""

from collections.abc import Sequence
from operator import attrgetter

from domain.customers.model import Customer
from domain.payments.forgetting import usecases
from domain.payments.stored import StoredMethod
from resolvers.context import Info
from resolvers.relations import relation


@relation("stored_methods_of_customer", attrgetter("id"))
def stored_methods(_root: Customer, found: Sequence[StoredMethod]) -> Sequence[StoredMethod]:
    return found


async def forget_method(info: Info, command: usecases.ForgetMethod) -> Sequence[StoredMethod]:
    context = info.context
    await usecases.forget_method(context.unit_of_work(), command, context.services.completing.gateways)
    context.forget_reads()
    assert context.actor.customer_id is not None, "only customers have stored methods"
    return await context.loaders.stored_methods_of_customer.load(context.actor.customer_id)
