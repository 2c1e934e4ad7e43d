"""Checkouts: reading, changing, completing, and hearing of changes."""

from collections.abc import AsyncIterator, Sequence
from operator import attrgetter

import strawberry

from domain.cart.priced import PricedCart
from domain.checkout import usecases
from domain.checkout.awaiting import usecases as awaiting
from domain.checkout.businesses.usecases import with_checked_vat_id
from domain.checkout.completion.outcome import Completion
from domain.checkout.completion.usecases import CompleteCheckout, complete_checkout
from domain.checkout.priced import PricedCheckout, PricedGroup, PricedOption
from domain.checkout.taxation.usecases import refresh_taxes
from domain.checkout.tendering import usecases as tendering
from domain.fulfillment.delivery import DeliveryEstimate
from domain.orders.model import Order
from domain.payments.balances.model import Balance, BalanceKind
from domain.payments.model import PaymentMethod, Tender
from domain.payments.tendering import BALANCE_METHODS
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.ids import CheckoutId, CompanyId, CustomerId
from domain.shared.making import replace
from domain.vendors.model import Vendor
from loaders.checkout import priced
from resolvers.access import may_see
from resolvers.codes import begin_codes, end_codes
from resolvers.context import Info
from resolvers.following import changes
from resolvers.ids import parse_id
from resolvers.relations import relation


async def checkout(info: Info, id: strawberry.ID) -> PricedCheckout | None:
    return await visible(info, parse_id(id, "checkout", CheckoutId))


async def visible(info: Info, checkout_id: CheckoutId) -> PricedCheckout | None:
    found = await info.context.loaders.checkout.load(checkout_id)
    return found if found is not None and may_see(info.context.actor, found) else None


async def changed_checkout(info: Info, checkout_id: CheckoutId) -> PricedCheckout:
    """The checkout as it was just written."""
    info.context.forget_reads()
    found = await visible(info, checkout_id)
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such checkout.", "checkout_id")
    return found


async def start_checkout(info: Info, command: usecases.StartCheckout) -> PricedCheckout:
    context = info.context
    methods = context.services.completing.gateways.methods
    started = await usecases.start_checkout(context.unit_of_work(), command, methods=methods, now=context.now)
    return await _taxed(info, await _with_vat_id(info, started))


async def _with_vat_id(info: Info, found: PricedCheckout) -> PricedCheckout:
    """The checkout with the VAT number of the company that it is for, if it is for one."""
    context = info.context
    register = context.services.taxing.register
    return await with_checked_vat_id(context.unit_of_work(), found, register, now=context.now)


async def update_checkout(info: Info, command: usecases.UpdateCheckout) -> PricedCheckout:
    context = info.context
    codes = command.promo_codes or ()
    await begin_codes(info, codes)
    updated = await usecases.update_checkout(
        context.unit_of_work(),
        command,
        addresses=context.services.address_book,
        register=context.services.taxing.register,
        now=context.now,
    )
    found = await _taxed(info, await _with_vat_id(info, updated))
    await end_codes(info, codes, found.promo_codes)
    return found


async def _taxed(info: Info, found: PricedCheckout) -> PricedCheckout:
    """The checkout, with its taxes computed by an outside engine where one is in use."""
    if info.context.services.taxing.engine is None:
        return found
    await renew_taxes(info, found.id)
    return await changed_checkout(info, found.id)


async def renew_taxes(info: Info, checkout_id: CheckoutId) -> None:
    """Have an outside engine compute the checkout's taxes, where one is in use."""
    context = info.context
    await refresh_taxes(context.unit_of_work(), checkout_id, context.services.taxing.engine, now=context.now)


async def add_tender(info: Info, command: tendering.AddTender) -> PricedCheckout:
    """Wrong codes of gift cards count as attempts at guessing one (rule P11)."""
    context = info.context
    methods = context.services.completing.gateways.methods
    attempts = context.services.code_attempts(context.client_address) if command.gift_card_code else None
    if attempts is not None:
        await attempts.begin(1)
    try:
        return await tendering.add_tender(context.unit_of_work(), command, methods=methods, now=context.now)
    except Refused as refusal:
        if attempts is not None and any(problem.path == ("gift_card_code",) for problem in refusal.problems):
            await attempts.failed(1)
        raise


async def remove_tender(info: Info, command: tendering.RemoveTender) -> PricedCheckout:
    return await tendering.remove_tender(info.context.unit_of_work(), command, now=info.context.now)


async def receive_payment(info: Info, command: awaiting.ReceivePayment) -> Order | None:
    context = info.context
    order_id = await awaiting.receive_payment(context.unit_of_work(), command, context.services.completing)
    info.context.forget_reads()
    return await info.context.loaders.order.load(order_id)


async def complete(info: Info, command: CompleteCheckout) -> Completion:
    await renew_taxes(info, command.checkout_id)
    return await complete_checkout(info.context.unit_of_work(), command, info.context.services.completing)


async def order_of(info: Info, completion: Completion) -> Order | None:
    """The order of a completion; one that was just written is not read again."""
    if completion.placed is not None:
        return completion.placed.order
    return await info.context.loaders.order.load(completion.order_id) if completion.order_id else None


async def completed(info: Info, checkout_id: CheckoutId, completion: Completion | None) -> PricedCheckout | None:
    """The checkout as it is after a completion, whatever came of that."""
    if completion is not None and completion.placed is not None:
        return priced(info.context.loaders, completion.placed.checkout)
    return await visible(info, checkout_id)


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
    """What every gateway offers here, gift cards, and what a signed-in customer has stored or with the shop."""
    checkout = root.checkout
    gateways = info.context.services.completing.gateways
    offered = [*gateways.methods(checkout.currency, checkout.delivery_country), BALANCE_METHODS[BalanceKind.GIFT_CARD]]
    if checkout.customer_id is None or checkout.customer_id != info.context.actor.customer_id:
        return offered
    kept = await info.context.loaders.stored_methods_of_customer.load(checkout.customer_id)
    known = {method.id: method for method in offered}
    again = [replace(known[stored.method_id], stored=stored) for stored in kept if stored.method_id in known]
    accounts = await _accounts(info, checkout.customer_id, checkout.company_id)
    now = info.context.now
    own = [found for found in accounts if found.available.currency == checkout.currency and found.usable(now).minor]
    return [*again, *offered, *[BALANCE_METHODS[found.kind] for found in own]]


async def _accounts(info: Info, customer_id: CustomerId, company_id: CompanyId | None) -> Sequence[Balance]:
    """What the customer has with the shop; who buys for a company owes in its name and not in their own."""
    own = await info.context.loaders.balances_of_customer.load(customer_id)
    if company_id is None:
        return own
    credit = await info.context.loaders.credit_of_company.load(company_id)
    return [*[found for found in own if found.kind is not BalanceKind.TERMS], *credit]


async def last4_of_tender(root: Tender) -> str | None:
    return root.balance.last4 if root.balance else None


@relation("vendor", attrgetter("vendor_id"))
def vendor_of_group(_root: PricedGroup, found: Vendor | None) -> Vendor:
    assert found is not None, "an offer refers to its vendor"
    return found


async def option_estimate(root: PricedOption) -> DeliveryEstimate:
    return root.option.estimate
