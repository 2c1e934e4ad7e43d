"""Payment methods, the customers that keep them, and setup intents, by which they are kept."""

from typing import Any

from integrations.stripe.double.book import Book, Document
from integrations.stripe.double.cards import (
    ALWAYS,
    AUTHENTICATION_FAILED,
    CARDS_BY_METHOD,
    CARDS_BY_NUMBER,
    IBANS_BY_METHOD,
    UNLESS_SET_UP,
    TestCard,
)
from integrations.stripe.double.events import emit
from integrations.stripe.double.faults import card_error, invalid
from integrations.stripe.double.forms import Form

TYPES = frozenset({"card", "sepa_debit", "klarna", "customer_balance"})
EXPIRY_YEAR = 2034
STORABLE = frozenset({"card", "sepa_debit"})


def create_customer(book: Book, form: Form) -> Document:
    customer = book.add(
        "customer",
        "cus",
        email=form.text("email"),
        name=form.text("name"),
        metadata=form.metadata(),
        cash_balance={"object": "cash_balance", "available": {}},
    )
    emit(book, "customer.created", customer)
    return customer


def create_method(book: Book, form: Form) -> Document:
    """A payment method as the client's library makes it, of a card's number, say."""
    kind = form.required_text("type", among=TYPES)
    billing = _billing(form.part("billing_details"))
    card = form.part("card")
    if kind == "card":
        number = card.required_text("number").replace(" ", "")
        card.ignore("exp_month", "exp_year", "cvc")
        if number not in CARDS_BY_NUMBER:
            raise card_error(
                {"code": "incorrect_number", "message": "Your card number is incorrect.", "param": "number"}
            )
        return _card(book, CARDS_BY_NUMBER[number], billing)
    if kind == "sepa_debit":
        return _bank_account(book, form.part("sepa_debit").required_text("iban").replace(" ", ""), billing)
    if kind == "klarna" and not (billing["email"] and billing["address"]["country"]):
        raise invalid("Klarna needs the email and the country of the buyer.", param="billing_details")
    return _method(book, kind, billing, **{kind: {}})


def _billing(form: Form) -> Document:
    address = form.part("address")
    address.ignore("line1", "line2", "city", "postal_code", "state")
    return {"email": form.text("email"), "name": form.text("name"), "address": {"country": address.text("country")}}


def _card(book: Book, card: TestCard, billing: Document | None = None) -> Document:
    shown = {"brand": card.brand, "last4": card.last4, "exp_month": 12, "exp_year": EXPIRY_YEAR, "wallet": None}
    return _method(book, "card", billing, card=shown, test_number=card.number)


def _bank_account(book: Book, iban: str, billing: Document | None = None) -> Document:
    return _method(book, "sepa_debit", billing, sepa_debit={"country": iban[:2], "last4": iban[-4:]}, test_number=iban)


def _method(book: Book, kind: str, billing: Document | None, **values: Any) -> Document:
    nobody = {"email": None, "name": None, "address": {"country": None}}
    return book.add(
        "payment_method",
        "pm",
        type=kind,
        customer=None,
        billing_details=billing or nobody,
        is_set_up=False,
        metadata={},
        **values,
    )


def method_given(book: Book, method_id: str) -> Document:
    """The payment method of an id; a published one, `pm_card_visa`, is made anew each time."""
    if method_id in CARDS_BY_METHOD:
        return _card(book, CARDS_BY_METHOD[method_id])
    if method_id in IBANS_BY_METHOD:
        return _bank_account(book, IBANS_BY_METHOD[method_id])
    return book.get("payment_method", method_id, param="payment_method")


def card_of(method: Document) -> TestCard:
    return CARDS_BY_NUMBER[method["test_number"]]


def shown(document: Document) -> Document:
    """The object without what only the double knows of it."""
    return {name: value for name, value in document.items() if name not in {"test_number", "is_set_up"}}


def attach(book: Book, method: Document, customer_id: str, *, is_set_up: bool = False) -> Document:
    """Keep the method for the customer; the card that declines everything declines this too."""
    book.get("customer", customer_id, param="customer")
    if method["customer"] not in (None, customer_id):
        raise invalid("The payment method you provided has already been attached to a customer.")
    if method["type"] not in STORABLE:
        raise invalid(f"Payment methods of type {method['type']} cannot be saved.", param="payment_method")
    if method["type"] == "card":
        card = card_of(method)
        if card.failure and not card.declines_in_use:
            raise card_error(card.failure)
    attached = {**method, "customer": customer_id, "is_set_up": method["is_set_up"] or is_set_up}
    book.save(attached)
    if method["customer"] is None:
        emit(book, "payment_method.attached", shown(attached))
    return attached


def detach(book: Book, method_id: str) -> Document:
    method = book.get("payment_method", method_id, param="payment_method")
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    detached = {**method, "customer": None, "is_detached": True}
    book.save(detached)
    emit(book, "payment_method.detached", shown(detached))
    return detached


def wants_authentication(method: Document) -> bool:
    """Whether the bank asks its customer before this card is charged."""
    if method["type"] != "card":
        return False
    wish = card_of(method).authentication
    return wish == ALWAYS or (wish == UNLESS_SET_UP and not method["is_set_up"])


def create_setup(book: Book, form: Form) -> Document:
    """A setup intent, confirmed at once."""
    form.ignore("usage")
    form.texts("payment_method_types")
    automatic = form.part("automatic_payment_methods")
    is_automatic = automatic.flag("enabled")
    never_redirects = automatic.text("allow_redirects", among={"always", "never"}) == "never"
    return_url = form.text("return_url")
    customer = book.get("customer", form.required_text("customer"), param="customer")
    method = method_given(book, form.required_text("payment_method"))
    check_mandate(form, method)
    setup = book.add(
        "setup_intent",
        "seti",
        customer=customer["id"],
        payment_method=method["id"],
        status="requires_confirmation",
        metadata=form.metadata(),
        next_action=None,
        last_setup_error=None,
        return_url=return_url,
        client_secret=book.new_id("seti_secret"),
    )
    if not form.flag("confirm"):
        return setup
    if is_automatic and not never_redirects and return_url is None:
        raise invalid("You must provide a `return_url`, or set allow_redirects to never.", param="return_url")
    if method["type"] == "card" and card_of(method).authentication:
        return _save(book, {**setup, "status": "requires_action", "next_action": next_action(book, setup)})
    return finish_setup(book, setup, approved=True)


def check_mandate(form: Form, method: Document) -> None:
    acceptance = form.part("mandate_data").part("customer_acceptance")
    kind = acceptance.text("type", among={"online", "offline"})
    acceptance.part("online").ignore("ip_address", "user_agent")
    acceptance.part("offline")
    if method["type"] == "sepa_debit" and kind is None:
        raise invalid("SEPA Direct Debit needs a mandate: send `mandate_data`.", param="mandate_data")


def next_action(book: Book, intent: Document) -> Document:
    """Where the buyer's bank asks: a page of the double's, by redirect if it knows where to send the buyer back to."""
    url = f"{book.switch('origin', '')}/double/authenticate/{intent['id']}"
    if intent.get("return_url"):
        return {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": intent["return_url"]}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}


def finish_setup(book: Book, setup: Document, *, approved: bool) -> Document:
    if not approved:
        failed = {**setup, "status": "requires_payment_method", "next_action": None, "payment_method": None}
        failed["last_setup_error"] = {**AUTHENTICATION_FAILED, "code": "setup_intent_authentication_failure"}
        emit(book, "setup_intent.setup_failed", failed)
        return _save(book, failed)
    method = book.get("payment_method", setup["payment_method"])
    attach(book, method, setup["customer"], is_set_up=True)
    done = _save(book, {**setup, "status": "succeeded", "next_action": None})
    emit(book, "setup_intent.succeeded", done)
    return done


def _save(book: Book, document: Document) -> Document:
    book.save(document)
    return document
