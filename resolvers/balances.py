"""Gift cards, store credit and credit limits."""

from collections.abc import Sequence
from operator import attrgetter

from domain.customers.model import Customer
from domain.orders.giftcards import usecases as sold
from domain.orders.model import Order
from domain.payments.balances import usecases
from domain.payments.balances.model import Balance, BalanceKind, code_hash
from domain.shared.money import Money
from persistence.payments.balances import balance_by_code
from resolvers.context import Info
from resolvers.relations import relation


async def gift_card(info: Info, code: str) -> Balance | None:
    """The card of a code; whoever fails ten times within a minute is told to wait (rule P11)."""
    attempts = info.context.services.code_attempts(info.context.client_address)
    await attempts.begin(1)
    found = await balance_by_code(info.context.pool, code_hash(code))
    if found is None:
        await attempts.failed(1)
    return found


async def usable(root: Balance, info: Info) -> Money:
    return root.usable(info.context.now)


def limit(root: Balance) -> Money:
    """Of terms: what may be owed in all."""
    return root.granted


async def store_credit(root: Customer, info: Info) -> Sequence[Money]:
    accounts = await info.context.loaders.balances_of_customer.load(root.id)
    return [found.usable(info.context.now) for found in accounts if found.kind is BalanceKind.STORE_CREDIT]


async def credit_terms(root: Customer, info: Info) -> Sequence[Balance]:
    accounts = await info.context.loaders.balances_of_customer.load(root.id)
    return [found for found in accounts if found.kind is BalanceKind.TERMS]


@relation("gift_cards_of_order", attrgetter("id"))
def gift_cards_of_order(_root: Order, found: Sequence[Balance]) -> Sequence[Balance]:
    return found


async def issue_gift_card(info: Info, command: usecases.IssueGiftCard) -> usecases.IssuedGiftCard:
    context = info.context
    new_code = context.services.new_gift_card_code
    return await usecases.issue_gift_card(context.unit_of_work(), command, new_code=new_code, now=context.now)


async def adjust_gift_card(info: Info, command: usecases.AdjustGiftCard) -> Balance:
    return await usecases.adjust_gift_card(info.context.unit_of_work(), command)


async def renew_gift_card_code(info: Info, command: usecases.RenewGiftCardCode) -> usecases.IssuedGiftCard:
    context = info.context
    new_code = context.services.new_gift_card_code
    return await usecases.renew_gift_card_code(context.unit_of_work(), command, new_code=new_code)


async def reveal_gift_card_code(info: Info, command: sold.RevealGiftCardCode) -> usecases.IssuedGiftCard:
    context = info.context
    new_code = context.services.new_gift_card_code
    return await sold.reveal_gift_card_code(context.unit_of_work(), command, new_code=new_code)


async def grant_store_credit(info: Info, command: usecases.GrantStoreCredit) -> Customer | None:
    await usecases.grant_store_credit(info.context.unit_of_work(), command, now=info.context.now)
    return await info.context.loaders.customer.load(command.customer_id)


async def set_credit_limit(info: Info, command: usecases.SetCreditLimit) -> Customer | None:
    await usecases.set_credit_limit(info.context.unit_of_work(), command)
    assert command.customer_id is not None, "the input names a customer"
    return await info.context.loaders.customer.load(command.customer_id)
