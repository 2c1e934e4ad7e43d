"""Draft orders: carts that staff prepare for somebody, with prices and discounts by hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from domain.cart import ports
from domain.cart.access import may_draft
from domain.cart.model import ByHand, Cart, CartLine, CartState, Draft, LineRequest, check_requests
from domain.cart.ports import Sellers
from domain.cart.usecases import buying_company, chosen, locked_cart, with_additions
from domain.customers.model import Customer, email_problems, normalized_email
from domain.pricing.context import RequestContext
from domain.pricing.coupons.model import entered
from domain.pricing.manual import ManualDiscount
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.idempotency import once
from domain.shared.ids import CartId, CartLineId, CompanyId, CustomerId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money
from domain.shared.text import is_plain, without_card_numbers

MAX_REASON_LENGTH = 200
ALL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Given:
    """A discount by hand: a share of 0 to 100 percent, or an amount. One of nothing removes what was given."""

    reason: str
    percent: Decimal | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class DraftLine:
    """What is put into a draft, at a price by hand if one is named."""

    line: LineRequest
    unit_price: Money | None = None
    discount: Given | None = None


@dataclass(frozen=True, slots=True)
class LineByHand:
    """What to set for a line: None leaves as it is; `at_list_price` takes a price by hand back."""

    line_id: CartLineId
    unit_price: Money | None = None
    discount: Given | None = None
    at_list_price: bool = False


@dataclass(frozen=True, slots=True)
class CreateDraft:
    """Prepare an order for a customer, or for whoever reads mail at `email`; for a company by one who buys for it."""

    customer_id: CustomerId | None
    email: str | None
    lines: tuple[DraftLine, ...]
    idempotency_key: str
    promo_codes: tuple[str, ...] = ()
    note: str | None = None
    discount: Given | None = None
    with_promotions: bool = True
    company_id: CompanyId | None = None


@dataclass(frozen=True, slots=True)
class UpdateDraft:
    """What is of drafts alone; quantities, codes and notes are changed as in every cart. None leaves as it is."""

    cart_id: CartId
    idempotency_key: str
    add: tuple[DraftLine, ...] = ()
    lines: tuple[LineByHand, ...] = ()
    discount: Given | None = None
    with_promotions: bool | None = None
    expected_version: int | None = None


class Customers(Protocol):
    async def lock(self, customer_id: CustomerId) -> Customer | None: ...


class UnitOfWork(ports.UnitOfWork, Protocol):
    """Carts, and the customers for whom they are."""

    @property
    def customers(self) -> Customers: ...


async def create_draft(
    uow: UnitOfWork, command: CreateDraft, *, sellers: Sellers, request: RequestContext, now: datetime
) -> CartId:
    """A draft in the context of the request, which is the buyer's market and not that of staff."""
    staff_id = _staff(uow)
    _check_input(command.lines, "lines", request.currency)
    discount = _discount(command.discount, staff_id, request.currency, "discount")
    requests = [entry.line for entry in command.lines]
    check_requests(requests, field="lines")
    additions = await chosen(sellers, requests, field="lines")
    by_hand = [_by_hand(entry, staff_id, request.currency) for entry in command.lines]
    act = once(command, scope=staff_id, key=command.idempotency_key)
    async with uow:
        cart_id = CartId(uow.new_id("cart"))
        done = await uow.idempotency.claim(act, {"cart_id": cart_id})
        if done is not None:
            return CartId(done["cart_id"])
        buyer = await _buyer(uow, command)
        known = buyer.email if buyer else None
        empty = Cart(
            id=cart_id,
            version=1,
            state=CartState.ACTIVE,
            market_id=request.market.id,
            country=request.country,
            language=request.language,
            currency=request.currency,
            customer_id=command.customer_id,
            promo_codes=entered(command.promo_codes, "promo_codes"),
            note=without_card_numbers(command.note) if command.note else None,
            customer_group=buyer.customer_group if buyer else None,
            draft=Draft(
                staff_id, normalized_email(command.email) if command.email else known, discount, command.with_promotions
            ),
            company=await buying_company(uow, command.company_id, command.customer_id),
        )
        own = [replace(addition, by_hand=each) for addition, each in zip(additions, by_hand, strict=True)]
        await uow.carts.add(await with_additions(uow, empty, own, field="lines", now=now))
        await uow.commit()
    return cart_id


async def update_draft(uow: UnitOfWork, command: UpdateDraft, *, sellers: Sellers, now: datetime) -> CartId:
    """Apply the whole patch, or nothing of it."""
    staff_id = _staff(uow)
    requests = [entry.line for entry in command.add]
    check_requests(requests, field="add")
    additions = await chosen(sellers, requests, field="add")
    act = once(command, scope=command.cart_id, key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.claim(act, {}) is not None:
            return command.cart_id
        cart = await locked_cart(uow, command.cart_id, "cart_id", {CartState.ACTIVE})
        if cart.draft is None:
            raise refuse(ErrorCode.INVALID, "This is not a draft: a buyer made it.", "cart_id")
        if command.expected_version not in (None, cart.version):
            raise refuse(ErrorCode.VERSION_CONFLICT, f"The cart is at version {cart.version}.", "expected_version")
        _check_input(command.add, "add", cart.currency)
        by_hand = [_by_hand(entry, staff_id, cart.currency) for entry in command.add]
        own = [replace(addition, by_hand=each) for addition, each in zip(additions, by_hand, strict=True)]
        changed = _set_by_hand(_patched(cart, cart.draft, command, staff_id), command.lines, staff_id)
        changed = await with_additions(uow, changed, own, field="add", now=now)
        await uow.carts.save(replace(changed, version=cart.version + 1), before=cart)
        uow.tell(cart.id)
        await uow.commit()
    return cart.id


def _staff(uow: UnitOfWork) -> str:
    """Who stands behind what is set by hand."""
    actor = uow.actor
    if not may_draft(actor) or actor.id is None:
        raise refuse(ErrorCode.NOT_ALLOWED, "Drafts are made by staff who may write orders.")
    return actor.id


async def _buyer(uow: UnitOfWork, command: CreateDraft) -> Customer | None:
    problems = email_problems(command.email) if command.email else []
    if problems:
        raise Refused(*problems)
    if command.customer_id is None:
        return None
    found = await uow.customers.lock(command.customer_id)
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such customer.", "customer_id")
    return found


def _patched(cart: Cart, draft: Draft, command: UpdateDraft, staff_id: str) -> Cart:
    given = _discount(command.discount, staff_id, cart.currency, "discount")
    discount = draft.discount if command.discount is None else given
    follows = draft.with_promotions if command.with_promotions is None else command.with_promotions
    return replace(cart, draft=replace(draft, discount=discount, with_promotions=follows))


def _set_by_hand(cart: Cart, entries: Sequence[LineByHand], staff_id: str) -> Cart:
    known = {line.id: line for line in cart.lines}
    problems = []
    for at, entry in enumerate(entries):
        line = known.get(entry.line_id)
        if line is None:
            problems.append(Problem(ErrorCode.NOT_FOUND, "No such line in this cart.", ("lines", str(at), "line_id")))
            continue
        problems += _price_problems(entry.unit_price, cart.currency, ("lines", str(at), "unit_price"))
        known[line.id] = replace(line, by_hand=_changed(line, entry, cart.currency, staff_id, at))
    if problems:
        raise Refused(*problems)
    return replace(cart, lines=tuple(known[line.id] for line in cart.lines))


def _changed(line: CartLine, entry: LineByHand, currency: str, staff_id: str, at: int) -> ByHand | None:
    before = line.by_hand or ByHand()
    price = before.unit_price if entry.unit_price is None else entry.unit_price.minor
    given = _discount(entry.discount, staff_id, currency, "lines", str(at), "discount")
    after = ByHand(None if entry.at_list_price else price, before.discount if entry.discount is None else given)
    return None if after == ByHand() else after


def _check_input(lines: Sequence[DraftLine], field: str, currency: str) -> None:
    problems: list[Problem] = []
    for at, entry in enumerate(lines):
        problems += _price_problems(entry.unit_price, currency, (field, str(at), "unit_price"))
        if entry.discount is not None:
            problems += _discount_problems(entry.discount, currency, (field, str(at), "discount"))
    if problems:
        raise Refused(*problems)


def _by_hand(entry: DraftLine, staff_id: str, currency: str) -> ByHand | None:
    price = entry.unit_price.minor if entry.unit_price else None
    found = ByHand(price, _discount(entry.discount, staff_id, currency, "discount"))
    return None if found == ByHand() else found


def _discount(given: Given | None, staff_id: str, currency: str, *path: str) -> ManualDiscount | None:
    if given is None:
        return None
    problems = _discount_problems(given, currency, path)
    if problems:
        raise Refused(*problems)
    amount = given.amount.minor if given.amount else None
    found = ManualDiscount(staff_id, given.reason.strip(), given.percent, amount)
    return None if found.is_nothing else found


def _price_problems(price: Money | None, currency: str, path: tuple[str, ...]) -> list[Problem]:
    if price is None or (price.currency == currency and price.minor >= 0):
        return []
    return [Problem(ErrorCode.INVALID, f"Give an amount of {currency}, zero or more.", path)]


def _discount_problems(given: Given, currency: str, path: tuple[str, ...]) -> list[Problem]:
    problems: Mapping[str, bool] = {
        "Give either a percentage or an amount.": (given.percent is None) == (given.amount is None),
        "A percentage is from 0 to 100.": given.percent is not None and not 0 <= given.percent <= ALL,
        f"A reason has 1 to {MAX_REASON_LENGTH} characters, none of them a control character.": not (
            0 < len(given.reason.strip()) <= MAX_REASON_LENGTH and is_plain(given.reason)
        ),
    }
    found = [Problem(ErrorCode.INVALID, message, path) for message, is_wrong in problems.items() if is_wrong]
    return found + _price_problems(given.amount, currency, (*path, "amount"))
