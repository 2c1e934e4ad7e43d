"""What a shopper can do with a cart."""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import field
from datetime import datetime

from domain.cart.access import may_draft
from domain.cart.gifts import with_gift_changes
from domain.cart.model import (
    MAX_LINES,
    MAX_NOTE_LENGTH,
    Addition,
    Capped,
    Cart,
    CartState,
    LineChange,
    LineRequest,
    check_lines,
    check_requests,
    check_wraps,
    message_problems,
    quantity_problems,
)
from domain.cart.ports import Sellers, UnitOfWork
from domain.companies.model import BuyingCompany
from domain.pricing.context import RequestContext
from domain.pricing.coupons.model import entered, folded
from domain.pricing.facts import OfferFacts
from domain.pricing.tiers import Bought
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.idempotency import once
from domain.shared.ids import CartId, CartLineId, CompanyId, CustomerId, OfferId
from domain.shared.making import dataclass, replace
from domain.shared.text import without_card_numbers

GUEST_SCOPE = "guest"
GUEST_KEY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class CreateCart:
    """Make a cart with `lines` in it, in the context of the request."""

    lines: tuple[LineRequest, ...]
    idempotency_key: str
    promo_codes: tuple[str, ...] = ()
    company_id: CompanyId | None = None
    """The company that it is for, whose member the actor is."""


@dataclass(frozen=True, slots=True)
class UpdateCart:
    """Everything a shopper may change at once: add offers, change lines (0 units remove one), note, all codes.

    None leaves as it is. `expected_version` refuses the change if somebody else was faster.
    """

    cart_id: CartId
    add: tuple[LineRequest, ...]
    set: tuple[LineChange, ...]
    note: str | None
    expected_version: int | None
    idempotency_key: str
    promo_codes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class MergeCarts:
    """Put what is in a guest's cart into the signed-in customer's own (rule O9)."""

    source: CartId
    target: CartId
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Created:
    """A cart as it was just written, with the facts that price it; neither if the same call made it before."""

    cart_id: CartId
    cart: Cart | None = None
    facts: Mapping[OfferId, OfferFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """The cart that took another in, and what of it was more than can be sold at once."""

    cart_id: CartId
    capped: tuple[Capped, ...]


def may_change(actor: Actor, cart: Cart) -> bool:
    """A guest's cart belongs to whoever holds its unguessable id, a customer's to that customer, a draft to staff."""
    if cart.draft is not None:
        return may_draft(actor)
    return cart.customer_id is None or cart.customer_id == actor.customer_id


async def create_cart(
    uow: UnitOfWork,
    command: CreateCart,
    *,
    sellers: Sellers,
    request: RequestContext,
    now: datetime,
    gifts_on_offer: Collection[OfferId] = (),
) -> Created:
    """A new cart of the actor's own, or a guest's.

    `gifts_on_offer` are those that promotions may put into the cart now: their facts are read with those of its lines.
    """
    check_requests(command.lines, field="lines")
    additions = await chosen(sellers, command.lines, field="lines")
    if uow.actor.id is None and len(command.idempotency_key) < GUEST_KEY_LENGTH:
        message = f"A guest's key is random and has at least {GUEST_KEY_LENGTH} characters: it alone names the cart."
        raise refuse(ErrorCode.INVALID, message, "idempotency_key")
    act = once(_as_compared(command), scope=uow.actor.id or GUEST_SCOPE, key=command.idempotency_key)
    async with uow:
        cart_id = CartId(uow.new_id("cart"))
        done = await uow.idempotency.claim(act, {"cart_id": cart_id})
        if done is not None:
            return Created(CartId(done["cart_id"]))
        empty = Cart(
            id=cart_id,
            version=1,
            state=CartState.ACTIVE,
            market_id=request.market.id,
            country=request.country,
            language=request.language,
            currency=request.currency,
            customer_id=uow.actor.customer_id,
            promo_codes=entered(command.promo_codes, "promo_codes"),
            customer_group=uow.actor.customer_group,
            company=await buying_company(uow, command.company_id, uow.actor.customer_id),
        )
        offers = [addition.offer_id for addition in additions]
        facts = await _facts(uow, empty, [*offers, *gifts_on_offer] if offers else [], now)
        cart = _filled(uow, empty, additions, facts, field="lines", now=now)
        written = await uow.carts.add(cart)
        await uow.commit()
    return Created(cart_id, written, facts)


def _as_compared[Command: (CreateCart, UpdateCart)](command: Command) -> Command:
    """The command as its key stands for it: codes count as they are compared (rules I1 and P11)."""
    codes = command.promo_codes
    return replace(command, promo_codes=tuple([folded(code) for code in codes])) if codes else command


async def update_cart(
    uow: UnitOfWork,
    command: UpdateCart,
    *,
    sellers: Sellers,
    now: datetime,
    gifts_on_offer: Collection[OfferId] = (),
) -> CartId:
    """Apply the whole patch, or nothing of it.

    `gifts_on_offer` are those that promotions may put into the cart now: the lines that can be declined.
    """
    _check(command)
    additions = await chosen(sellers, command.add, field="add")
    act = once(_as_compared(command), scope=command.cart_id, key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.claim(act, {"cart_id": command.cart_id}) is not None:
            return command.cart_id
        cart = await locked_cart(uow, command.cart_id, "cart_id", {CartState.ACTIVE})
        if command.expected_version not in (None, cart.version):
            raise refuse(ErrorCode.VERSION_CONFLICT, f"The cart is at version {cart.version}.", "expected_version")
        patched, changes = with_gift_changes(cart, command.set, gifts_on_offer)
        changed = await _patched(uow, patched, replace(command, set=changes), additions, now=now)
        await uow.carts.save(replace(changed, version=cart.version + 1), before=cart)
        uow.tell(cart.id)
        await uow.commit()
    return cart.id


async def merge_carts(uow: UnitOfWork, command: MergeCarts, *, now: datetime) -> Merged:
    """Quantities of the same offer add up, as far as limits allow; the source is emptied. Twice is as once."""
    if command.source == command.target:
        raise refuse(ErrorCode.INVALID, "A cart is not merged into itself.", "source")
    act = once(command, scope=command.target, key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        if done is not None:
            return Merged(command.target, tuple(Capped(*values) for values in done["capped"]))
        source, target = await _lock_both(uow, command)
        joined = target.with_added(_additions(source), lambda: CartLineId(uow.new_id("cart_line")))
        if len(joined.lines) > MAX_LINES:
            raise refuse(ErrorCode.QUANTITY_LIMIT, f"A cart holds at most {MAX_LINES} lines.", "source")
        facts = await _facts(uow, joined, [line.offer_id for line in joined.lines], now)
        merged, capped = joined.capped(facts)
        await uow.carts.save(replace(merged, version=target.version + 1), before=target)
        emptied = replace(source, lines=(), state=CartState.MERGED, version=source.version + 1)
        await uow.carts.save(emptied, before=source)
        outcome = {"capped": [[line.line_id, line.wanted, line.kept] for line in capped]}
        await uow.idempotency.finish(act, outcome)
        uow.tell(source.id, target.id)
        await uow.commit()
    return Merged(target.id, capped)


async def buying_company(
    uow: UnitOfWork, company_id: CompanyId | None, customer_id: CustomerId | None
) -> BuyingCompany | None:
    """The company that the customer buys for; None for themselves. A company is known to its members alone."""
    if company_id is None:
        return None
    found = await uow.companies.buying(company_id, customer_id) if customer_id else None
    if found is None or found.role is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such company, or the buyer is no member of it.", "company_id")
    if not found.lets_buy:
        raise refuse(ErrorCode.NOT_ALLOWED, f"The buyer may not buy for {found.name}.", "company_id")
    return found


async def chosen(sellers: Sellers, lines: Sequence[LineRequest], *, field: str) -> list[Addition]:
    """The offer that each line means; all lines that mean none are told at once."""
    variants = [line.variant_id for line in lines if line.offer_id is None and line.variant_id is not None]
    offers = await sellers.of(variants) if variants else {}
    additions, problems = [], []
    for at, line in enumerate(lines):
        offer_id = line.offer_id or (offers.get(line.variant_id) if line.variant_id else None)
        if offer_id is not None:
            additions.append(
                Addition(offer_id, line.quantity, line.gift_message, line.custom_fields, gift_wrap=line.gift_wrap)
            )
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
    check_requests(command.add, field="add")
    problems = quantity_problems([change.quantity for change in command.set], field="set", least=0)
    problems += message_problems([change.gift_message for change in command.set], field="set")
    if command.note is not None and len(command.note) > MAX_NOTE_LENGTH:
        problems.append(Problem(ErrorCode.INVALID, f"A note has at most {MAX_NOTE_LENGTH} characters.", ("note",)))
    if problems:
        raise Refused(*problems)


async def locked_cart(uow: UnitOfWork, cart_id: CartId, field: str, states: Container[CartState]) -> Cart:
    """The cart under lock, if it is the actor's and in one of the states."""
    cart = await uow.carts.lock(cart_id)
    if cart is None or not may_change(uow.actor, cart):
        raise refuse(ErrorCode.NOT_FOUND, "No such cart.", field)
    if cart.state not in states:
        raise refuse(ErrorCode.INVALID_TRANSITION, "This cart was ordered or merged; start another.", field)
    return cart


async def _lock_both(uow: UnitOfWork, command: MergeCarts) -> tuple[Cart, Cart]:
    """Both carts, locked in the order of their ids. A source that was merged before is empty, and may be so again."""
    roles = {
        command.source: ("source", {CartState.ACTIVE, CartState.MERGED}),
        command.target: ("target", {CartState.ACTIVE}),
    }
    found = {cart_id: await locked_cart(uow, cart_id, *roles[cart_id]) for cart_id in sorted(roles)}
    source, target = found[command.source], found[command.target]
    if target.currency != source.currency or target.market_id != source.market_id:
        raise refuse(ErrorCode.INVALID, "The carts are of different markets or currencies.", "source")
    return source, target


async def _patched(
    uow: UnitOfWork, cart: Cart, command: UpdateCart, additions: Sequence[Addition], *, now: datetime
) -> Cart:
    changed = cart.with_changes(command.set)
    if command.note is not None:
        changed = replace(changed, note=without_card_numbers(command.note) or None)
    if command.promo_codes is not None:
        changed = replace(changed, promo_codes=entered(command.promo_codes, "promo_codes"))
    by_line: Mapping[CartLineId, OfferId] = {line.id: line.offer_id for line in cart.lines}
    kept = [(at, change) for at, change in enumerate(command.set) if change.quantity]
    paths = {by_line[change.line_id]: ("set", str(at), "quantity") for at, change in kept}
    wraps = {by_line[change.line_id]: ("set", str(at), "gift_wrap") for at, change in kept if change.gift_wrap}
    return await with_additions(uow, changed, additions, field="add", now=now, paths=paths, wraps=wraps)


async def with_additions(
    uow: UnitOfWork,
    cart: Cart,
    additions: Sequence[Addition],
    *,
    field: str,
    now: datetime,
    paths: Mapping[OfferId, tuple[str, ...]] | None = None,
    wraps: Mapping[OfferId, tuple[str, ...]] | None = None,
) -> Cart:
    """The cart with `additions`, if each can be bought and no changed line breaks a limit.

    `paths` says where in the command other lines are changed, and `wraps` where others are to be wrapped.
    """
    facts = await _facts(uow, cart, list(_touched(additions, field, paths)), now)
    return _filled(uow, cart, additions, facts, field=field, now=now, paths=paths, wraps=wraps)


def _filled(
    uow: UnitOfWork,
    cart: Cart,
    additions: Sequence[Addition],
    facts: Mapping[OfferId, OfferFacts],
    *,
    field: str,
    now: datetime,
    paths: Mapping[OfferId, tuple[str, ...]] | None = None,
    wraps: Mapping[OfferId, tuple[str, ...]] | None = None,
) -> Cart:
    _check_sold(cart, additions, facts, field=field, now=now)
    added = {item.offer_id: (field, str(at), "gift_wrap") for at, item in enumerate(additions) if item.gift_wrap}
    check_wraps(facts, {**(wraps or {}), **added})
    changed = cart.with_added(additions, lambda: CartLineId(uow.new_id("cart_line")))
    check_lines(changed, facts, _touched(additions, field, paths))
    return changed


def _touched(
    additions: Sequence[Addition], field: str, paths: Mapping[OfferId, tuple[str, ...]] | None
) -> dict[OfferId, tuple[str, ...]]:
    """The offers that a patch is about, each with where the input names it."""
    return {**(paths or {}), **{added.offer_id: (field, str(at), "quantity") for at, added in enumerate(additions)}}


async def _facts(uow: UnitOfWork, cart: Cart, offers: Sequence[OfferId], now: datetime) -> Mapping[OfferId, OfferFacts]:
    return await uow.offers.facts(offers, language=cart.language, currency=cart.currency, now=now)


def _check_sold(
    cart: Cart, additions: Sequence[Addition], facts: Mapping[OfferId, OfferFacts], *, field: str, now: datetime
) -> None:
    """What is sold to nobody is answered as what is not there: nobody learns of goods that are prepared."""
    problems = []
    for at, addition in enumerate(additions):
        path = (field, str(at), "offer_id")
        offer = facts.get(addition.offer_id)
        if offer is None or not offer.is_sold:
            problems.append(Problem(ErrorCode.NOT_FOUND, "No such offer.", path))
        elif not _is_sold(cart, addition, offer, now):
            problems.append(Problem(ErrorCode.NOT_PURCHASABLE, "This offer is not sold here.", path))
    if problems:
        raise Refused(*problems)


def _is_sold(cart: Cart, addition: Addition, offer: OfferFacts, now: datetime) -> bool:
    """Whether it has a price here, from a list or by hand."""
    if addition.by_hand is not None and addition.by_hand.unit_price is not None:
        return offer.is_sold
    return offer.unit_prices(cart.sale(now), Bought.alone(addition.quantity)) is not None


def _additions(source: Cart) -> list[Addition]:
    return [
        Addition(line.offer_id, line.quantity, line.gift_message, line.custom_fields, gift_wrap=line.gift_wrap or None)
        for line in source.lines
    ]
