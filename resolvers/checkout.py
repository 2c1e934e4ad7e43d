"""Checkouts: reading, changing, completing, and hearing of changes."""

from collections.abc import AsyncIterator, Sequence

import strawberry

from domain.cart.pricing import PricedCart
from domain.checkout import usecases
from domain.checkout.completion.outcome import Completion
from domain.checkout.completion.usecases import CompleteCheckout, complete_checkout
from domain.checkout.pricing import PricedCheckout, PricedGroup, PricedOption
from domain.checkout.taxation.usecases import refresh_taxes
from domain.checkout.tendering import usecases as tendering
from domain.fulfillment.delivery import DeliveryEstimate
from domain.orders.model import Order
from domain.payments.model import PaymentMethod
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import CheckoutId
from domain.vendors.model import Vendor
from resolvers.access import may_see
from resolvers.context import Info
from resolvers.following import changes
from resolvers.ids import parse_id


async def checkout(info: Info, id: strawberry.ID) -> PricedCheckout | None:
    return await visible(info, parse_id(id, "checkout", CheckoutId))


async def visible(info: Info, checkout_id: CheckoutId) -> PricedCheckout | None:
    found = await info.context.loaders.checkout.load(checkout_id)
    return found if found is not None and may_see(info.context.actor, found) else None


async def _changed(info: Info, checkout_id: CheckoutId) -> PricedCheckout:
    info.context.forget_reads()
    found = await visible(info, checkout_id)
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such checkout.", "checkout_id")
    return found


async def start_checkout(info: Info, command: usecases.StartCheckout) -> PricedCheckout:
    context = info.context
    checkout_id = await usecases.start_checkout(context.unit_of_work(), command, now=context.now)
    await _refresh_taxes(info, checkout_id)
    return await _changed(info, checkout_id)


async def update_checkout(info: Info, command: usecases.UpdateCheckout) -> PricedCheckout:
    context = info.context
    checkout_id = await usecases.update_checkout(
        context.unit_of_work(),
        command,
        addresses=context.services.address_book,
        register=context.services.taxing.register,
        now=context.now,
    )
    await _refresh_taxes(info, checkout_id)
    return await _changed(info, checkout_id)


async def _refresh_taxes(info: Info, checkout_id: CheckoutId) -> None:
    """Have an outside engine compute the checkout's taxes, where one is in use."""
    context = info.context
    await refresh_taxes(context.unit_of_work(), checkout_id, context.services.taxing.engine, now=context.now)


async def add_tender(info: Info, command: tendering.AddTender) -> PricedCheckout:
    context = info.context
    methods = context.services.completing.gateways.methods
    checkout_id = await tendering.add_tender(context.unit_of_work(), command, methods=methods, now=context.now)
    return await _changed(info, checkout_id)


async def complete(info: Info, command: CompleteCheckout) -> Completion:
    await _refresh_taxes(info, command.checkout_id)
    return await complete_checkout(info.context.unit_of_work(), command, info.context.services.completing)


async def order_of(info: Info, completion: Completion) -> Order | None:
    return await info.context.loaders.order.load(completion.order_id) if completion.order_id else None


async def checkout_changed(info: Info, id: strawberry.ID) -> AsyncIterator[PricedCheckout]:
    """The checkout as it is, then each time it changes."""
    checkout_id = parse_id(id, "checkout", CheckoutId)
    return changes(info, checkout_id, lambda: visible(info, checkout_id), lambda found: found.version)


async def cart_of_checkout(root: PricedCheckout, info: Info) -> PricedCart:
    found = await info.context.loaders.cart.load(root.checkout.cart_id)
    assert found is not None, "a checkout refers to its cart"
    return found


async def order_of_checkout(root: PricedCheckout, info: Info) -> Order | None:
    order_id = root.checkout.order_id
    return await info.context.loaders.order.load(order_id) if order_id else None


async def payment_methods(root: PricedCheckout, info: Info) -> Sequence[PaymentMethod]:
    country = root.checkout.delivery_country
    return info.context.services.completing.gateways.methods(root.checkout.currency, country)


async def vendor_of_group(root: PricedGroup, info: Info) -> Vendor:
    found = await info.context.loaders.vendor.load(root.vendor_id)
    assert found is not None, "an offer refers to its vendor"
    return found


async def option_estimate(root: PricedOption) -> DeliveryEstimate:
    return root.option.estimate
