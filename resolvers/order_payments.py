"""Paying what orders cost more since they were edited."""

from domain.checkout.completion.outcome import Completion
from domain.checkout.paying import usecases as paying
from domain.checkout.paying.usecases import OrderDue
from domain.payments.model import PaymentAction
from domain.shared.making import dataclass
from domain.shared.money import Money
from resolvers.context import Info
from resolvers.drafts import SentLink


@dataclass(frozen=True, slots=True)
class Pay:
    """Pay what is due of the order that the link of `token` leads to."""

    token: str
    method_id: str
    payment_token: str | None
    expected: Money
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Paying:
    """What is still due, and what the buyer has to do before it is paid."""

    due: OrderDue
    action: PaymentAction | None


async def send_link(info: Info, command: paying.SendOrderLink) -> SentLink:
    context = info.context
    token = context.services.identity.secrets.refresh_token()
    link = await paying.send_order_link(context.unit_of_work(), command, token.hash, now=context.now)
    page = context.services.pages.payment
    return SentLink(token.text, page.replace("{}", token.text) if page else None, link.expires_at)


async def order_due(info: Info, token: str) -> OrderDue | None:
    """What the link is for; null once it is over."""
    context = info.context
    token_hash = context.services.identity.secrets.hash_of(token)
    gateways = context.services.completing.gateways
    return await paying.order_due(context.unit_of_work(), token_hash, gateways, now=context.now)


async def pay(info: Info, command: Pay) -> Paying:
    context = info.context
    token_hash = context.services.identity.secrets.hash_of(command.token)
    act = paying.PayDue(token_hash, command.method_id, command.payment_token, command.expected, command.idempotency_key)
    done: Completion = await paying.pay_due(context.unit_of_work(), act, context.services.completing)
    due = await order_due(info, command.token)
    assert due is not None, "the link was good a moment ago"
    return Paying(due, done.action)
