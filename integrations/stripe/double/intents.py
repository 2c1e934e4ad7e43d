"""Payment intents: one payment from its request to its end (https://docs.stripe.com/payments/paymentintents/lifecycle)."""

from collections.abc import Mapping
from typing import Any, Final

from integrations.stripe.double import charges
from integrations.stripe.double.book import Book, Document
from integrations.stripe.double.cards import (
    AUTHENTICATION_FAILED,
    KLARNA_REFUSED,
    SEPA_FAILURE,
    UNAUTHENTICATED_OFF_SESSION,
)
from integrations.stripe.double.events import emit
from integrations.stripe.double.faults import StripeFault, card_error, invalid, unexpected_state
from integrations.stripe.double.forms import Form
from integrations.stripe.double.methods import (
    TYPES,
    attach,
    card_of,
    check_mandate,
    create_method,
    method_given,
    next_action,
    wants_authentication,
)
from integrations.stripe.double.units import check_amount

CANCELABLE = frozenset({"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"})
HELD_TYPES = frozenset({"card", "klarna"})
MAX_CAPTURES = 50
CANCELLATION_REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer", "abandoned"})
INSTRUCTIONS = {
    "type": "display_bank_transfer_instructions",
    "display_bank_transfer_instructions": {
        "currency": None,
        "amount_remaining": 0,
        "reference": "",
        "type": "eu_bank_transfer",
        "hosted_instructions_url": None,
        "financial_addresses": [
            {
                "type": "iban",
                "iban": {
                    "account_holder_name": "Test account",
                    "bic": "SOGEDEFFXXX",
                    "country": "DE",
                    "iban": "DE11243461203003200",
                },
                "supported_networks": ["sepa"],
            }
        ],
    },
}


_NEEDS_RETURN_URL: Final = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of"
    " these payment methods might redirect your customer off of your page, you must provide a `return_url`."
)


def create_intent(book: Book, form: Form) -> Document:
    amount, currency = form.required_integer("amount"), form.required_text("currency").lower()
    check_amount(amount, currency)
    types, is_automatic, may_redirect = _types(form)
    if (customer_id := form.text("customer")) is not None:
        book.get("customer", customer_id, param="customer")
    method = _method(book, form)
    form.ignore("description", "receipt_email")
    intent = _new_intent(
        book,
        form,
        amount=amount,
        currency=currency,
        customer=customer_id,
        automatic_payment_methods={"enabled": True} if is_automatic else None,
        payment_method=method["id"] if method else None,
        payment_method_types=types,
        status="requires_confirmation" if method else "requires_payment_method",
    )
    off_session = form.flag("off_session")
    if method is not None:
        check_mandate(form, method)
    else:
        form.ignore("mandate_data")
    if not form.flag("confirm"):
        if off_session:
            raise invalid("You can only use off_session when confirm is true.", param="off_session")
        return _changed(book, intent, "payment_intent.created")
    if is_automatic and may_redirect and intent["return_url"] is None:
        raise invalid(_NEEDS_RETURN_URL, param="return_url")
    _changed(book, intent, "payment_intent.created")
    return confirm(book, intent, off_session=off_session)


def _new_intent(book: Book, form: Form, **facts: Any) -> Document:
    """An intent of which nothing is paid, with what the form says beside `facts`."""
    intent = book.add(
        "payment_intent",
        "pi",
        **facts,
        amount_capturable=0,
        amount_received=0,
        cancellation_reason=None,
        canceled_at=None,
        capture_method=form.text("capture_method", among={"automatic", "automatic_async", "manual"})
        or "automatic_async",
        client_secret=None,
        last_payment_error=None,
        latest_charge=None,
        metadata=form.metadata(),
        next_action=None,
        payment_method_options=_options(form.part("payment_method_options")),
        return_url=form.text("return_url"),
        setup_future_usage=form.text("setup_future_usage", among={"on_session", "off_session"}),
        captures=0,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{book.new_id('x')[2:]}"
    return intent


def _types(form: Form) -> tuple[list[str], bool, bool]:
    """The types of methods that the intent accepts, whether by itself, and whether they may redirect."""
    named = form.texts("payment_method_types")
    automatic = form.part("automatic_payment_methods")
    is_automatic = automatic.flag("enabled")
    redirects = automatic.text("allow_redirects", among={"always", "never"})
    if named and is_automatic:
        raise invalid("You may only specify one of these parameters: payment_method_types, automatic_payment_methods.")
    for kind in named:
        if kind not in TYPES:
            raise invalid(f"The payment method type provided: {kind} is invalid.", param="payment_method_types")
    if is_automatic or not named:
        return sorted(TYPES), True, redirects != "never"
    return named, False, True


def _method(book: Book, form: Form) -> Document | None:
    if "payment_method_data" in form:
        return create_method(book, form.part("payment_method_data"))
    method_id = form.text("payment_method")
    return None if method_id is None else method_given(book, method_id)


def _options(form: Form) -> Document:
    card, transfer = form.part("card"), form.part("customer_balance")
    multicapture = card.text("request_multicapture", among={"if_available", "never"})
    funding = transfer.text("funding_type", among={"bank_transfer"})
    bank = transfer.part("bank_transfer")
    kind = bank.text("type", among={"eu_bank_transfer", "gb_bank_transfer", "us_bank_transfer"})
    country = bank.part("eu_bank_transfer").text("country")
    return {
        "card": {"request_multicapture": multicapture} if multicapture else {},
        "customer_balance": {"funding_type": funding, "type": kind, "country": country} if funding else {},
    }


def confirm(book: Book, intent: Document, *, off_session: bool = False) -> Document:
    """Ask the card or account."""
    if intent["payment_method"] is None:
        raise invalid("You cannot confirm this PaymentIntent because it's missing a payment method.")
    if intent["status"] not in {"requires_confirmation", "requires_payment_method"}:
        raise unexpected_state(intent, "confirmed")
    method = book.get("payment_method", intent["payment_method"])
    _check_method(intent, method)
    match method["type"]:
        case "card":
            return _confirm_card(book, intent, method, off_session=off_session)
        case "sepa_debit":
            charged = charges.charge(book, intent, method, status="pending")
            book.appoint("settle_intent", intent["id"], due_at=book.now() + _delay(book))
            return _changed(
                book, {**intent, "status": "processing", "latest_charge": charged["id"]}, "payment_intent.processing"
            )
        case "customer_balance":
            return _await_transfer(book, intent)
        case _:
            return _ask(book, intent)


def _delay(book: Book) -> float:
    """How long what takes days at Stripe takes here."""
    return float(book.switch("settle_after_seconds", 5.0))


def _check_method(intent: Document, method: Document) -> None:
    kind = method["type"]
    if kind not in intent["payment_method_types"]:
        allowed = ", ".join(intent["payment_method_types"])
        message = f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent ({allowed})."
        raise invalid(message, param="payment_method")
    if method.get("is_detached"):
        raise invalid("The provided PaymentMethod was detached from a Customer and cannot be used again.")
    if method["customer"] is not None and method["customer"] != intent["customer"]:
        raise invalid(
            "The PaymentMethod you provided belongs to a Customer: include the customer.", param="payment_method"
        )
    if intent["capture_method"] == "manual" and kind not in HELD_TYPES:
        raise invalid(f"{kind} cannot be captured manually.", param="capture_method")
    if kind == "customer_balance" and (
        intent["customer"] is None or not intent["payment_method_options"]["customer_balance"]
    ):
        raise invalid("Bank transfers need a customer and payment_method_options.", param="customer")


def _confirm_card(book: Book, intent: Document, method: Document, *, off_session: bool) -> Document:
    if wants_authentication(method):
        if off_session:
            raise _declined(book, intent, method, UNAUTHENTICATED_OFF_SESSION)
        return _ask(book, intent)
    return _charge_card(book, intent, method)


def _charge_card(book: Book, intent: Document, method: Document) -> Document:
    failure = card_of(method).failure
    if failure is not None:
        raise _declined(book, intent, method, failure)
    return _succeeded(book, intent, method)


def _ask(book: Book, intent: Document) -> Document:
    asking = {**intent, "status": "requires_action", "next_action": next_action(book, intent)}
    return _changed(book, asking, "payment_intent.requires_action")


def _await_transfer(book: Book, intent: Document) -> Document:
    instructions = {
        **INSTRUCTIONS["display_bank_transfer_instructions"],  # type: ignore[dict-item] # it is the one hash in there
        "currency": intent["currency"],
        "amount_remaining": intent["amount"],
        "reference": intent["id"][-8:].upper(),
    }
    action = {**INSTRUCTIONS, "display_bank_transfer_instructions": instructions}
    return _changed(
        book, {**intent, "status": "requires_action", "next_action": action}, "payment_intent.requires_action"
    )


def _succeeded(book: Book, intent: Document, method: Document) -> Document:
    charged = charges.charge(book, intent, method, status="succeeded")
    if intent["setup_future_usage"] and intent["customer"]:
        attach(book, method, intent["customer"], is_set_up=True)
    is_held = intent["capture_method"] == "manual"
    done = {
        **intent,
        "status": "requires_capture" if is_held else "succeeded",
        "amount_capturable": intent["amount"] if is_held else 0,
        "amount_received": 0 if is_held else intent["amount"],
        "latest_charge": charged["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    if is_held:
        kind = method["type"]
        book.appoint("expire_intent", intent["id"], due_at=book.now() + charges.LIFETIME[kind])
        return _changed(book, done, "payment_intent.amount_capturable_updated")
    return _changed(book, done, "payment_intent.succeeded")


def _declined(book: Book, intent: Document, method: Document, failure: Mapping[str, Any]) -> StripeFault:
    """The intent goes back to where a method is chosen; the error is to be raised after that is written."""
    failed = fail(book, intent, method, failure)
    return card_error(failure, charge=failed["latest_charge"], payment_intent=public(failed))


def fail(book: Book, intent: Document, method: Document, failure: Mapping[str, Any]) -> Document:
    charged = charges.charge(book, intent, method, status="failed", failure=failure)
    failed = {
        **intent,
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "latest_charge": charged["id"],
        "last_payment_error": charges.details_of_failure(failure, method, charged),
    }
    return _changed(book, failed, "payment_intent.payment_failed")


def finish_action(book: Book, intent: Document, *, approved: bool) -> Document:
    """What the buyer did on the page of their bank, or of Klarna."""
    if intent["status"] != "requires_action":
        return intent
    method = book.get("payment_method", intent["payment_method"])
    if not approved:
        return fail(book, intent, method, KLARNA_REFUSED if method["type"] == "klarna" else AUTHENTICATION_FAILED)
    failure = card_of(method).failure if method["type"] == "card" else None
    return fail(book, intent, method, failure) if failure else _succeeded(book, intent, method)


def settle_intent(book: Book, intent: Document) -> Document:
    """The end of a debit that took days."""
    if intent["status"] != "processing":
        return intent
    charged = charges.settle(book, book.get("charge", intent["latest_charge"]))
    if charged["status"] == "succeeded":
        done = {**intent, "status": "succeeded", "amount_received": intent["amount"]}
        return _changed(book, done, "payment_intent.succeeded")
    method = book.get("payment_method", intent["payment_method"])
    failure = charges.details_of_failure(SEPA_FAILURE, method, charged)
    failed = {**intent, "status": "requires_payment_method", "payment_method": None, "last_payment_error": failure}
    return _changed(book, failed, "payment_intent.payment_failed")


def fund(book: Book, customer_id: str, amount: int, currency: str) -> Document:
    """Money that arrived by bank transfer pays for what waits for it, oldest first."""
    customer = book.get("customer", customer_id)
    available = dict(customer["cash_balance"]["available"])
    available[currency] = available.get(currency, 0) + amount
    waiting = book.all("payment_intent", customer=customer_id, status="requires_action", currency=currency)
    for intent in reversed(waiting):
        if intent["next_action"]["type"] != "display_bank_transfer_instructions":
            continue
        if available[currency] >= intent["amount"]:
            available[currency] -= intent["amount"]
            _succeeded(book, intent, book.get("payment_method", intent["payment_method"]))
    funded = {**customer, "cash_balance": {"object": "cash_balance", "available": available}}
    book.save(funded)
    return funded


def capture_intent(book: Book, intent_id: str, form: Form) -> Document:
    intent = book.get("payment_intent", intent_id, param="intent")
    amount = form.integer("amount_to_capture", least=0)
    is_final = form.flag("final_capture", default=True)
    metadata = form.metadata()
    if intent["status"] != "requires_capture":
        raise unexpected_state(public(intent), "captured")
    charged = book.get("charge", intent["latest_charge"])
    amount = intent["amount_capturable"] if amount is None else amount
    if amount > intent["amount_capturable"]:
        message = "The amount to capture is greater than the remaining capturable amount."
        raise invalid(message, param="amount_to_capture", code="amount_too_large")
    if amount == 0 and not (is_final and intent["amount_received"]):
        raise invalid("Only what is left of a partial capture can be released so.", param="amount_to_capture")
    if not is_final and not charges.is_multicapture(charged):
        raise invalid("Multicapture is not available for this PaymentIntent.", param="final_capture")
    if intent["captures"] >= MAX_CAPTURES:
        raise invalid("A PaymentIntent can be captured up to 50 times.")
    return _captured(book, intent, charged, amount, is_final=is_final, metadata=metadata)


def _captured(
    book: Book, intent: Document, charged: Document, amount: int, *, is_final: bool, metadata: dict[str, str]
) -> Document:
    is_final = is_final or amount == intent["amount_capturable"]
    if amount:
        charges.capture(book, charged, amount, is_final=is_final)
    else:
        charges.release(book, charged)
    done = {
        **intent,
        "amount_received": intent["amount_received"] + amount,
        "amount_capturable": 0 if is_final else intent["amount_capturable"] - amount,
        "status": "succeeded" if is_final else "requires_capture",
        "metadata": {**intent["metadata"], **metadata},
        "captures": intent["captures"] + 1,
    }
    if is_final:
        return _changed(book, done, "payment_intent.succeeded")
    return _changed(book, done, "payment_intent.amount_capturable_updated")


def cancel_intent(book: Book, intent_id: str, form: Form) -> Document:
    intent = book.get("payment_intent", intent_id, param="intent")
    reason = form.text("cancellation_reason", among=CANCELLATION_REASONS)
    if intent["status"] not in CANCELABLE or intent["amount_received"]:
        raise unexpected_state(public(intent), "canceled")
    return canceled(book, intent, reason)


def canceled(book: Book, intent: Document, reason: str | None) -> Document:
    if intent["status"] == "requires_capture":
        charges.release(book, book.get("charge", intent["latest_charge"]))
    done = {
        **intent,
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": int(book.now()),
        "cancellation_reason": reason,
        "next_action": None,
    }
    return _changed(book, done, "payment_intent.canceled")


def expire_intent(book: Book, intent: Document) -> Document:
    """An authorization that ran out lets go what was not captured."""
    if intent["status"] != "requires_capture":
        return intent
    charged = book.get("charge", intent["latest_charge"])
    emit(book, "charge.expired", charged)
    if not intent["amount_received"]:
        return canceled(book, intent, "automatic")
    charges.release(book, charged)
    done = {**intent, "status": "succeeded", "amount_capturable": 0}
    return _changed(book, done, "payment_intent.succeeded")


def public(intent: Document) -> Document:
    return {name: value for name, value in intent.items() if name not in {"captures", "return_url"}}


def _changed(book: Book, intent: Document, event: str) -> Document:
    book.save(intent)
    emit(book, event, public(intent))
    return intent
