"""What a shopper can do with a cart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.cart.model import (
    MAX_NOTE_LENGTH,
    Addition,
    Cart,
    CartState,
    LineRequest,
    check_lines,
    check_quantities,
)
from domain.cart.ports import Sellers, UnitOfWork
from domain.pricing.context import RequestContext
from domain.pricing.facts import OfferFacts
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.idempotency import once
from domain.shared.ids import CartId, CartLineId, OfferId

GUEST_SCOPE = "guest"


@dataclass(frozen=True, slots=True)
class CreateCart:
    """Make a cart with `lines` in it, in the context of the request."""

    lines: tuple[LineRequest, ...]
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class UpdateCart:
    """Everything a shopper may change at once: add offers, set lines to quantities (0 removes), note.

    None leaves as it is. `expected_version` refuses the change if somebody else was faster.
    """

    cart_id: CartId
    add: tuple[LineRequest, ...]
    set: tuple[tuple[CartLineId, int], ...]
    note: str | None
    expected_version: int | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class MergeCarts:
    """Put what is in a guest's cart into the signed-in customer's own (rule O9)."""

    source: CartId
    target: CartId
    idempotency_key: str


def may_change(actor: Actor, cart: Cart) -> bool:
    """A guest's cart belongs to whoever holds its unguessable id, a customer's cart to that customer."""
    return cart.customer_id is None or cart.customer_id == actor.customer_id


async def create_cart(
    uow: UnitOfWork, command: CreateCart, *, sellers: Sellers, request: RequestContext, now: datetime
) -> CartId:
    """A new cart of the actor's own, or a guest's."""
    check_quantities([line.quantity for line in command.lines], field="lines", least=1)
    additions = await _chosen(sellers, command.lines, field="lines")
    act = once(command, scope=uow.actor.id or GUEST_SCOPE, key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        if done is not None:
            return CartId(done["cart_id"])
        empty = Cart(
            id=CartId(uow.new_id("cart")),
            version=1,
            state=CartState.ACTIVE,
            market_id=request.market.id,
            country=request.country,
            language=request.language,
            currency=request.currency,
            customer_id=uow.actor.customer_id,
        )
        cart = await _added(uow, empty, additions, field="lines", now=now)
        await uow.carts.add(cart)
        await uow.idempotency.finish(act, {"cart_id": cart.id})
        await uow.commit()
    return cart.id


async def update_cart(uow: UnitOfWork, command: UpdateCart, *, sellers: Sellers, now: datetime) -> CartId:
    """Apply the whole patch, or nothing of it."""
    _check(command)
    additions = await _chosen(sellers, command.add, field="add")
    act = once(command, scope=command.cart_id, key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.begin(act) is not None:
            return command.cart_id
        cart = await _lock(uow, command.cart_id)
        if command.expected_version not in (None, cart.version):
            raise refuse(ErrorCode.VERSION_CONFLICT, f"The cart is at version {cart.version}.", "expected_version")
        changed = await _patched(uow, cart, command, additions, now=now)
        await uow.carts.save(replace(changed, version=cart.version + 1), before=cart)
        await uow.idempotency.finish(act, {"cart_id": cart.id})
        uow.tell(cart.id)
        await uow.commit()
    return cart.id


async def merge_carts(uow: UnitOfWork, command: MergeCarts, *, now: datetime) -> CartId:
    """Quantities of the same offer add up, as far as limits allow; the source is emptied. Twice is as once."""
    if command.source == command.target:
        raise refuse(ErrorCode.INVALID, "A cart is not merged into itself.", "source")
    act = once(command, scope=command.target, key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.begin(act) is not None:
            return command.target
        source, target = await _lock_both(uow, command)
        merged = target.with_added(_additions(source), lambda: CartLineId(uow.new_id("cart_line")))
        facts = await _facts(uow, merged, [line.offer_id for line in merged.lines], now)
        await uow.carts.save(replace(_capped(merged, facts), version=target.version + 1), before=target)
        emptied = replace(source, lines=(), state=CartState.MERGED, version=source.version + 1)
        await uow.carts.save(emptied, before=source)
        await uow.idempotency.finish(act, {"cart_id": target.id})
        uow.tell(source.id, target.id)
        await uow.commit()
    return target.id


async def _chosen(sellers: Sellers, lines: Sequence[LineRequest], *, field: str) -> list[Addition]:
    """The offer that each line means; all lines that mean none are told at once."""
    variants = [line.variant_id for line in lines if line.offer_id is None and line.variant_id is not None]
    offers = await sellers.of(variants) if variants else {}
    additions, problems = [], []
    for at, line in enumerate(lines):
        offer_id = line.offer_id or (offers.get(line.variant_id) if line.variant_id else None)
        if offer_id is not None:
            additions.append(Addition(offer_id, line.quantity, line.gift_message, line.custom_fields))
        elif line.variant_id is not None:
            message = "Nobody sells this variant here."
            problems.append(Problem(ErrorCode.NOT_PURCHASABLE, message, (field, str(at), "variant_id")))
        else:
            message = "Name an offer or a variant."
            problems.append(Problem(ErrorCode.REQUIRED, message, (field, str(at), "offer_id")))
    if problems:
        raise Refused(*problems)
    return additions


def _check(command: UpdateCart) -> None:
    check_quantities([line.quantity for line in command.add], field="add", least=1)
    check_quantities([quantity for _, quantity in command.set], field="set", least=0)
    if command.note is not None and len(command.note) > MAX_NOTE_LENGTH:
        raise refuse(ErrorCode.INVALID, f"A note has at most {MAX_NOTE_LENGTH} characters.", "note")


async def _lock(uow: UnitOfWork, cart_id: CartId, *path: str) -> Cart:
    cart = await uow.carts.lock(cart_id)
    if cart is None or not may_change(uow.actor, cart):
        raise refuse(ErrorCode.NOT_FOUND, "No such cart.", *(path or ("cart_id",)))
    if cart.state is not CartState.ACTIVE:
        raise refuse(ErrorCode.INVALID_TRANSITION, "This cart was ordered or merged; start another.", *path)
    return cart


async def _lock_both(uow: UnitOfWork, command: MergeCarts) -> tuple[Cart, Cart]:
    """Both carts, locked in the order of their ids."""
    names: dict[CartId, str] = {command.source: "source", command.target: "target"}
    locked = {cart_id: await _lock(uow, cart_id, names[cart_id]) for cart_id in sorted(names)}
    source, target = locked[command.source], locked[command.target]
    if target.currency != source.currency or target.market_id != source.market_id:
        raise refuse(ErrorCode.INVALID, "The carts are of different markets or currencies.", "source")
    return source, target


async def _patched(
    uow: UnitOfWork, cart: Cart, command: UpdateCart, additions: Sequence[Addition], *, now: datetime
) -> Cart:
    changed = cart.with_quantities(command.set)
    if command.note is not None:
        changed = replace(changed, note=command.note or None)
    by_line: Mapping[CartLineId, OfferId] = {line.id: line.offer_id for line in cart.lines}
    paths = {
        by_line[line_id]: ("set", str(at), "quantity") for at, (line_id, quantity) in enumerate(command.set) if quantity
    }
    return await _added(uow, changed, additions, field="add", now=now, paths=paths)


async def _added(
    uow: UnitOfWork,
    cart: Cart,
    additions: Sequence[Addition],
    *,
    field: str,
    now: datetime,
    paths: Mapping[OfferId, tuple[str, ...]] | None = None,
) -> Cart:
    """The cart with `additions`, if each can be bought and no changed line breaks a limit."""
    touched = {**(paths or {})}
    touched |= {addition.offer_id: (field, str(at), "quantity") for at, addition in enumerate(additions)}
    facts = await _facts(uow, cart, list(touched), now)
    _check_sold(cart, additions, facts, field=field, now=now)
    changed = cart.with_added(additions, lambda: CartLineId(uow.new_id("cart_line")))
    check_lines(changed, facts, touched)
    return changed


async def _facts(uow: UnitOfWork, cart: Cart, offers: Sequence[OfferId], now: datetime) -> Mapping[OfferId, OfferFacts]:
    return await uow.offers.facts(offers, language=cart.language, currency=cart.currency, now=now)


def _check_sold(
    cart: Cart, additions: Sequence[Addition], facts: Mapping[OfferId, OfferFacts], *, field: str, now: datetime
) -> None:
    problems = []
    for at, addition in enumerate(additions):
        path = (field, str(at), "offer_id")
        offer = facts.get(addition.offer_id)
        if offer is None:
            problems.append(Problem(ErrorCode.NOT_FOUND, "No such offer.", path))
        elif (
            offer.unit_price(quantity=addition.quantity, now=now, market_id=cart.market_id, currency=cart.currency)
            is None
        ):
            problems.append(Problem(ErrorCode.NOT_PURCHASABLE, "This offer is not sold here.", path))
    if problems:
        raise Refused(*problems)


def _additions(source: Cart) -> list[Addition]:
    return [Addition(line.offer_id, line.quantity, line.gift_message, line.custom_fields) for line in source.lines]


def _capped(cart: Cart, facts: Mapping[OfferId, OfferFacts]) -> Cart:
    """Quantities brought back to what each offer permits; what is capped shows in the cart's problems."""
    lines = []
    for line in cart.lines:
        offer = facts.get(line.offer_id)
        allowed = offer is None or offer.allows(line.quantity)
        quantity = line.quantity if allowed or offer is None else offer.nearest(line.quantity)[0]
        lines.append(replace(line, quantity=quantity))
    return replace(cart, lines=tuple(lines))
