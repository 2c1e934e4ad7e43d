"""What a buyer can do between a cart and an order, up to the moment of paying; `completion` goes on from there."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from domain.cart.gifts import gift_lines, gifts_on_offer
from domain.cart.model import Cart, CartState
from domain.cart.usecases import may_change
from domain.checkout.businesses.usecases import for_company
from domain.checkout.delivering.choices import choice_problems, with_choices
from domain.checkout.delivering.usecases import chosen_places, held_ready, saved_ready
from domain.checkout.express import OnFile, filled_in, with_cheapest_delivery
from domain.checkout.gifts import with_gifts_given
from domain.checkout.holding import checkout_of, expired, sent_as
from domain.checkout.model import Checkout, CheckoutState, Holder
from domain.checkout.ports import AddressBook, UnitOfWork
from domain.checkout.priced import PricedCheckout
from domain.checkout.pricing import price_checkout
from domain.checkout.promising.usecases import (
    extend_units,
    hold_promised_units,
    with_buyer,
    with_codes,
    with_promised_prices,
    without_lost_gifts,
)
from domain.checkout.taxation.usecases import with_tax_facts
from domain.fulfillment.places import PickupPlace, PickupPlaceId
from domain.payments.model import PaymentMethod
from domain.payments.stored import stored_tender
from domain.pricing.coupons.model import entered
from domain.pricing.taxation.ports import VatRegister
from domain.pricing.taxation.usecases import checked_vat_id
from domain.shared.actor import Actor
from domain.shared.address import Address
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.idempotency import once
from domain.shared.ids import CartId, CheckoutId, CompanyId, DeliveryGroupId, DeliveryOptionId, TenderId
from domain.shared.making import dataclass, replace
from domain.shared.text import is_plain, without_card_numbers

EMAIL = re.compile(r"[^\s@<>\"(),;:\\]{1,64}@[^\s@<>\"(),;:\\]+\.[^\s@.<>\"(),;:\\]{2,}")
MAX_EMAIL_LENGTH = 254
MAX_PO_NUMBER_LENGTH = 100

type Methods = Callable[[str, str], Sequence[PaymentMethod]]


@dataclass(frozen=True, slots=True)
class StartCheckout:
    """Hold stock and prices for all that is in the cart.

    `is_express` fills in whatever is on file of a signed-in customer, and chooses the cheapest delivery.
    """

    cart_id: CartId
    idempotency_key: str
    is_express: bool = False
    accept_terms: bool = False


@dataclass(frozen=True, slots=True)
class UpdateCheckout:
    """Whatever the buyer has told since: None leaves as it is. Each update renews the reservation."""

    checkout_id: CheckoutId
    expected_version: int | None = None
    email: str | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    deliveries: tuple[tuple[DeliveryGroupId, DeliveryOptionId | None], ...] = ()
    """None takes back what was chosen for the group."""
    places: tuple[tuple[DeliveryGroupId, PickupPlaceId], ...] = ()
    """Where the groups are fetched for which `deliveries` name such a way."""
    accept_terms: bool | None = None
    save_shipping_address: bool | None = None
    save_billing_address: bool | None = None
    vat_id: str | None = None
    """An empty one takes back what was told."""
    promo_codes: tuple[str, ...] | None = None
    """All codes, in the place of those that it has."""
    company_id: CompanyId | None = None
    """For whom it buys from now on; an empty one takes back what was told: for oneself."""
    po_number: str | None = None
    """What the buyer calls the order; an empty one takes back what was told."""


def may_hold(actor: Actor, checkout: Checkout) -> bool:
    """A guest's checkout belongs to whoever holds its unguessable id, a customer's to that customer."""
    return checkout.is_open_to(actor)


async def start_checkout(uow: UnitOfWork, command: StartCheckout, *, methods: Methods, now: datetime) -> PricedCheckout:
    """A checkout of the cart as it is now; it replaces one that was started before.

    `methods` are those of a currency and country, of which an express checkout takes one that is stored.
    """
    act = once(command, scope=command.cart_id, key=command.idempotency_key)
    async with uow:
        checkout_id = CheckoutId(uow.new_id("checkout"))
        found, done = await uow.carts.lock_and_claim(command.cart_id, act, {"checkout_id": checkout_id})
        if done is not None:
            return await as_it_is(uow, CheckoutId(done["checkout_id"]), now)
        cart = _startable(uow, found)
        known = await _known(uow, command, cart)
        checkout = await begun(uow, command, checkout_id, cart, await replaced(uow, cart), known, now)
        if cart.draft is None:
            checkout = await _paying(uow, checkout, known, methods)
        whole = priced(uow, checkout, now)
        await uow.commit()
    return whole


async def replaced(uow: UnitOfWork, cart: Cart) -> Checkout | None:
    """The checkout that gives way to a new one of the same cart, closed; of a draft the last one, however long ago."""
    earlier = await uow.checkouts.live_of_cart(cart.id)
    if earlier is not None and earlier.state is CheckoutState.COMPLETING:
        raise refuse(ErrorCode.INVALID_TRANSITION, "A payment for this cart is under way.", "cart_id")
    if earlier is not None:
        await uow.checkouts.save(replace(earlier, state=CheckoutState.CLOSED, version=earlier.version + 1))
        uow.tell(earlier.id)
    elif cart.draft is not None:
        return await uow.checkouts.last_of_cart(cart.id)
    return earlier


async def update_checkout(
    uow: UnitOfWork, command: UpdateCheckout, *, addresses: AddressBook, register: VatRegister, now: datetime
) -> PricedCheckout:
    """Apply the whole patch, or nothing of it."""
    problems = _input_problems(command, addresses)
    if problems:
        raise Refused(*problems)
    vat_id = await checked_vat_id(register, command.vat_id, now=now) if command.vat_id is not None else None
    async with uow:
        checkout = await _for_whom(uow, command, now)
        if command.expected_version not in (None, checkout.version):
            raise refuse(
                ErrorCode.VERSION_CONFLICT, f"The checkout is at version {checkout.version}.", "expected_version"
            )
        changed = _patched(checkout, command, addresses, now, await chosen_places(uow, checkout, command.places))
        if command.vat_id is not None:
            changed = replace(changed, tax=replace(changed.tax, vat_id=vat_id))
        changed = await without_lost_gifts(uow, await _promised(uow, changed, command, now), now=now)
        whole = _with_deliveries_checked(uow, changed, command, now)
        changed = await saved_ready(uow, checkout, changed, now)
        await extend_units(uow, changed)
        if command.promo_codes is not None or command.company_id is not None:
            changed = await hold_promised_units(uow, changed, None, now=now)
        uow.tell(changed.id)
        await uow.commit()
    return whole if whole.checkout is changed else priced(uow, changed, now)


async def _for_whom(uow: UnitOfWork, command: UpdateCheckout, now: datetime) -> Checkout:
    """The locked checkout, for the company of the command if one is named."""
    if command.company_id is None:
        return await locked_open(uow, command.checkout_id, now)
    cart, checkout = await locked_with_cart(uow, command.checkout_id)
    check_open(checkout, now)
    return await for_company(uow, checkout, cart, command.company_id or None, now=now)


async def _promised(uow: UnitOfWork, checkout: Checkout, command: UpdateCheckout, now: datetime) -> Checkout:
    """The checkout with the codes of the command, and limits counted by who the buyer says they are."""
    if command.email is not None:
        checkout = await with_buyer(uow, checkout, now=now)
    if command.promo_codes is not None:
        checkout = await with_codes(uow, checkout, entered(command.promo_codes, "promo_codes"), now=now)
    return checkout


async def locked(uow: UnitOfWork, checkout_id: CheckoutId) -> Checkout:
    """The checkout under lock, if it is the actor's."""
    return own(uow, await uow.checkouts.lock(checkout_id))


def own(uow: UnitOfWork, checkout: Checkout | None) -> Checkout:
    """The checkout, if there is one and it is the actor's."""
    if checkout is None or not may_hold(uow.actor, checkout):
        raise refuse(ErrorCode.NOT_FOUND, "No such checkout.", "checkout_id")
    return checkout


async def locked_with_cart(uow: UnitOfWork, checkout_id: CheckoutId) -> tuple[Cart, Checkout]:
    """The checkout and its cart under lock, if it is the actor's."""
    return own_with_cart(uow, await uow.checkouts.lock_with_cart(checkout_id))


def own_with_cart(uow: UnitOfWork, found: tuple[Cart, Checkout] | None) -> tuple[Cart, Checkout]:
    """A cart and its checkout, if there are such and it is the actor's."""
    cart, checkout = found or (None, None)
    checkout = own(uow, checkout)
    assert cart is not None, "a checkout has a cart"
    return cart, checkout


async def locked_open(uow: UnitOfWork, checkout_id: CheckoutId, now: datetime) -> Checkout:
    """The checkout under lock, if it can still be changed."""
    checkout = await locked(uow, checkout_id)
    check_open(checkout, now)
    return checkout


def check_open(checkout: Checkout, now: datetime) -> None:
    """Refuse a checkout that cannot be changed any more."""
    if checkout.state in (CheckoutState.COMPLETED, CheckoutState.COMPLETING):
        raise refuse(ErrorCode.INVALID_TRANSITION, "This checkout is paid, or its payment is under way.", "checkout_id")
    if checkout.state is CheckoutState.CLOSED or checkout.has_expired(now):
        raise expired()


def priced(uow: UnitOfWork, checkout: Checkout, now: datetime) -> PricedCheckout:
    """The checkout with what it costs and lacks."""
    return price_checkout(checkout, checkout.tenders, uow.terms.terms(checkout.market_id), now=now)


async def as_it_is(uow: UnitOfWork, checkout_id: CheckoutId, now: datetime) -> PricedCheckout:
    """The checkout of an act that was done before, as it is by now."""
    return priced(uow, own(uow, await uow.checkouts.get(checkout_id)), now)


def _startable(uow: UnitOfWork, cart: Cart | None) -> Cart:
    if cart is None or not may_change(uow.actor, cart):
        raise refuse(ErrorCode.NOT_FOUND, "No such cart.", "cart_id")
    if cart.state is not CartState.ACTIVE:
        raise refuse(ErrorCode.INVALID_TRANSITION, "This cart was ordered or merged; start another.", "cart_id")
    if not cart.lines:
        raise refuse(ErrorCode.REQUIRED, "The cart is empty.", "cart_id")
    if cart.company is not None and not cart.company.lets_buy:
        raise refuse(ErrorCode.NOT_ALLOWED, f"You do not buy for {cart.company.name} any more.", "cart_id")
    return cart


async def _known(uow: UnitOfWork, command: StartCheckout, cart: Cart) -> OnFile | None:
    """What is on file of the customer who wants to buy at once."""
    owner = cart.customer_id or (None if cart.draft else uow.actor.customer_id)
    if not command.is_express or owner is None:
        return None
    return await uow.buyers_on_file.get(owner)


async def _paying(uow: UnitOfWork, checkout: Checkout, known: OnFile | None, methods: Methods) -> Checkout:
    """The checkout with a tender of the customer's latest stored method, if one can be paid with here."""
    found = known and known.method(methods(checkout.currency, checkout.delivery_country))
    if not found:
        return checkout
    tender = stored_tender(*found, checkout.id, tender_id=TenderId(uow.new_id("tender")))
    await uow.payments.offer(tender)
    return replace(checkout, version=checkout.version + 1, tenders=(tender,))


async def begun(
    uow: UnitOfWork,
    command: StartCheckout,
    checkout_id: CheckoutId,
    cart: Cart,
    earlier: Checkout | None,
    known: OnFile | None,
    now: datetime,
    *,
    holder: Holder | None = None,
) -> Checkout:
    """The checkout, if its goods can be had; whoever commits it has priced it before, since its total may be too much.

    It takes over what an `earlier` one was told; of a draft also how its goods are sent. `holder` is who goes on.
    """
    terms = uow.terms.terms(cart.market_id)
    offers = [*[line.offer_id for line in cart.lines], *gifts_on_offer(terms.promotions, now)]
    facts = await uow.offers.facts(offers, language=cart.language, currency=cart.currency, now=now)
    held = earlier.demand if earlier else {}
    gifts = gift_lines(cart, terms.promotions.running(now), facts, now=now, held=held)
    checkout = checkout_of(
        checkout_id,
        cart,
        facts,
        earlier,
        actor=uow.actor,
        new_id=uow.new_id,
        now=now,
        restrictions=terms.delivery.restrictions,
        gifts=gifts,
    )
    checkout = replace(
        filled_in(checkout, known, terms.market.countries),
        terms_accepted=command.accept_terms,
        held_by=holder or checkout.held_by,
    )
    if cart.draft is not None and earlier is not None:
        checkout = sent_as(checkout, earlier)
    checkout = await with_tax_facts(uow, checkout, earlier, now=now)
    checkout = await with_promised_prices(uow, checkout, earlier, cart, facts, now=now)
    if gifts:
        checkout = with_gifts_given(price_checkout(checkout, (), terms, now=now))
    if command.is_express:
        checkout = with_cheapest_delivery(price_checkout(checkout, (), terms, now=now))
    await uow.checkouts.add(checkout)
    checkout = await held_ready(uow, checkout, now, replacing=earlier)
    return await hold_promised_units(uow, checkout, earlier, now=now)


def _input_problems(command: UpdateCheckout, addresses: AddressBook) -> list[Problem]:
    problems: list[Problem] = []
    email = command.email
    if email is not None and (len(email) > MAX_EMAIL_LENGTH or not EMAIL.fullmatch(email.strip())):
        problems.append(Problem(ErrorCode.INVALID, "This is no email address.", ("email",)))
    if command.shipping_address is not None:
        problems += addresses.problems(command.shipping_address, "shipping_address")
    if command.billing_address is not None:
        problems += addresses.problems(command.billing_address, "billing_address")
    po_number = command.po_number
    if po_number is not None and (len(po_number) > MAX_PO_NUMBER_LENGTH or not is_plain(po_number)):
        message = f"At most {MAX_PO_NUMBER_LENGTH} characters, none of them a control character."
        problems.append(Problem(ErrorCode.INVALID, message, ("po_number",)))
    return problems


def _patched(
    checkout: Checkout,
    command: UpdateCheckout,
    addresses: AddressBook,
    now: datetime,
    places: Mapping[DeliveryGroupId, PickupPlace],
) -> Checkout:
    shipping, billing = command.shipping_address, command.billing_address
    return replace(
        checkout,
        version=checkout.version + 1,
        email=command.email.strip() if command.email is not None else checkout.email,
        shipping_address=addresses.normalized(shipping) if shipping else checkout.shipping_address,
        billing_address=addresses.normalized(billing) if billing else checkout.billing_address,
        terms_accepted=_told(command.accept_terms, checkout.terms_accepted),
        saves_shipping_address=_told(command.save_shipping_address, checkout.saves_shipping_address),
        saves_billing_address=_told(command.save_billing_address, checkout.saves_billing_address),
        expires_at=checkout.renewed_until(now),
        po_number=_po_number(command.po_number, checkout.po_number),
        groups=with_choices(checkout.groups, dict(command.deliveries), places),
    )


def _po_number(told: str | None, before: str | None) -> str | None:
    return before if told is None else without_card_numbers(told).strip() or None


def _told(value: bool | None, before: bool) -> bool:
    """What was told now, or stands from before."""
    return before if value is None else value


def _with_deliveries_checked(
    uow: UnitOfWork, checkout: Checkout, command: UpdateCheckout, now: datetime
) -> PricedCheckout:
    """The checkout with what it costs; refused where its market does not deliver, and for choices that it has not."""
    terms = uow.terms.terms(checkout.market_id)
    problems: list[Problem] = []
    if command.shipping_address and command.shipping_address.country not in terms.market.countries:
        served = ", ".join(terms.market.countries)
        path = ("shipping_address", "country")
        problems.append(Problem(ErrorCode.ADDRESS_INVALID, f"This market delivers to {served}.", path))
    whole = priced(uow, checkout, now)
    for at, choice in enumerate(command.deliveries):
        problems += choice_problems(whole, *choice, ("deliveries", str(at)))
    if problems:
        raise Refused(*problems)
    return whole
