"""Gift cards as goods: issued once their order is paid, their codes shown once to whoever bought them.

A code is made when it is asked for, so that none is ever written down, logged or sent.
"""

from collections.abc import Iterable, Sequence

from domain.orders.giftcards.ports import UnitOfWork
from domain.orders.model import Order, OrderLine, OrderStatus
from domain.payments.balances.model import Balance
from domain.payments.balances.usecases import IssuedGiftCard, NewCode, issue_sold, take_back_sold
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, refuse
from domain.shared.idempotency import once
from domain.shared.ids import BalanceId, OrderId
from domain.shared.making import dataclass, replace

BOUGHT = frozenset({OrderStatus.CONFIRMED, OrderStatus.COMPLETED})
VOUCHER = "voucher"
"""The tax class of gift cards: not taxed when sold (rule T14)."""
ENDED = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED})


@dataclass(frozen=True, slots=True)
class RevealGiftCardCode:
    """The buyer of a gift card asks for its code."""

    order_id: OrderId
    gift_card_id: BalanceId
    idempotency_key: str


async def issue_gift_cards(uow: UnitOfWork, order_id: OrderId) -> bool:
    """Issue the gift cards of an order that is paid; whether nothing is left to be done. Twice is as once."""
    async with uow:
        order = await uow.orders.lock(order_id)
        assert order is not None, "orders are never deleted"
        if order.status in ENDED:
            return True
        if order.status not in BOUGHT or not await uow.gift_card_sales.is_paid(order_id):
            return False
        for line in await uow.gift_card_sales.lines(order_id):
            await issue_sold(uow, line.id, units=line.units, value=line.value)
        uow.tell(order_id)
        await uow.commit()
    return True


async def take_back_gift_cards(uow: UnitOfWork, order_id: OrderId) -> bool:
    """Take as many unspent cards of each line as its units were given back; False if more of them were spent.

    Within the transaction that gives the units back, under the order's lock: as cards are issued and shown. Whoever
    holds a card waits at most for orders that it paid, which are later than the one that bought it.
    """
    cards = [card for card in await uow.gift_card_sales.cards(order_id) if card.granted.minor]
    if not cards:
        return True
    is_done = True
    for line in await uow.gift_card_sales.lines(order_id):
        own = [card for card in cards if card.order_line_id == line.id]
        is_done &= await _taken_back(uow, own, len(own) - line.units)
    return is_done


async def give_back_gift_cards(uow: UnitOfWork, order_id: OrderId, lines: Iterable[OrderLine]) -> None:
    """The same for units of these lines that somebody asked to give back: INSUFFICIENT_BALANCE for spent cards."""
    is_bought = any(line.tax_class == VOUCHER for line in lines)
    if is_bought and not await take_back_gift_cards(uow, order_id):
        message = "A gift card that was bought here was spent, or is about to be: it cannot be given back."
        raise refuse(ErrorCode.INSUFFICIENT_BALANCE, message, "lines")


async def _taken_back(uow: UnitOfWork, cards: Sequence[Balance], count: int) -> bool:
    """Take this many of the cards, those first of which nobody has seen the code."""
    for card in sorted(cards, key=lambda card: (card.last4 is not None, card.id)):
        if count > 0 and await take_back_sold(uow, card):
            count -= 1
    return count <= 0


async def reveal_gift_card_code(uow: UnitOfWork, command: RevealGiftCardCode, *, new_code: NewCode) -> IssuedGiftCard:
    """The card with its code; the code is None when the key was used before. INVALID_TRANSITION for another key."""
    act = once(command, scope=command.order_id, key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        order = await uow.orders.lock(command.order_id)
        if order is None or not _has_bought(uow.actor, order):
            raise refuse(ErrorCode.NOT_FOUND, "No such order.", "order_id")
        cards = await uow.gift_card_sales.cards(order.id)
        card = next((card for card in cards if card.id == command.gift_card_id), None)
        if card is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such gift card in this order.", "gift_card_id")
        if done is not None:
            return IssuedGiftCard(card)
        if not card.granted.minor:
            raise refuse(ErrorCode.INVALID_TRANSITION, "This gift card was given back.", "gift_card_id")
        if card.last4 is not None:
            message = "This code was shown before; if it is lost, ask for a new one."
            raise refuse(ErrorCode.INVALID_TRANSITION, message, "gift_card_id")
        code = new_code()
        await uow.balances.set_code(card.id, code)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return IssuedGiftCard(replace(card, last4=code.last4, version=card.version + 1), code.text)


def _has_bought(actor: Actor, order: Order) -> bool:
    """A guest's order belongs to whoever holds its unguessable id. Staff may read it, but not spend what it bought."""
    return order.customer_id is None or order.customer_id == actor.customer_id
