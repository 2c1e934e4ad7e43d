"""Draft orders: staff prepare them, buyers pay by a link, or staff place them."""

from datetime import datetime

from domain.cart.drafting import usecases as preparing
from domain.cart.priced import PricedCart
from domain.checkout.completion.outcome import Completion
from domain.checkout.drafting import usecases as finishing
from domain.checkout.priced import PricedCheckout
from domain.shared.making import dataclass
from resolvers.cart import BuyBoxes, changed_cart
from resolvers.checkout import changed_checkout, renew_taxes
from resolvers.codes import begin_codes, end_codes
from resolvers.context import Info


@dataclass(frozen=True, slots=True)
class OpenLink:
    """The token of a payment link."""

    token: str


@dataclass(frozen=True, slots=True)
class SentLink:
    """A payment link, whose token is told here and kept nowhere."""

    token: str
    url: str | None
    expires_at: datetime


async def create_draft(info: Info, command: preparing.CreateDraft) -> PricedCart:
    context = info.context
    await begin_codes(info, command.promo_codes)
    cart_id = await preparing.create_draft(
        context.unit_of_work(), command, sellers=BuyBoxes(info), request=context.request, now=context.now
    )
    found = await changed_cart(info, cart_id)
    await end_codes(info, command.promo_codes, found.promo_codes)
    return found


async def update_draft(info: Info, command: preparing.UpdateDraft) -> PricedCart:
    context = info.context
    cart_id = await preparing.update_draft(context.unit_of_work(), command, sellers=BuyBoxes(info), now=context.now)
    return await changed_cart(info, cart_id)


async def send_draft(info: Info, command: finishing.SendDraft) -> SentLink:
    context = info.context
    token = context.services.identity.secrets.refresh_token()
    link = await finishing.send_draft(context.unit_of_work(), command, token.hash, now=context.now)
    page = context.services.pages.payment
    return SentLink(token.text, page.replace("{}", token.text) if page else None, link.expires_at)


async def open_link(info: Info, command: OpenLink) -> PricedCheckout:
    context = info.context
    token_hash = context.services.identity.secrets.hash_of(command.token)
    found = await finishing.open_link(context.unit_of_work(), token_hash, now=context.now)
    await renew_taxes(info, found.id)
    return await changed_checkout(info, found.id)


async def complete_draft(info: Info, command: finishing.CompleteDraft) -> Completion:
    await renew_taxes(info, command.checkout_id)
    context = info.context
    return await finishing.complete_draft(context.unit_of_work(), command, context.services.completing)
