"""The HTTP interface of Stripe, as far as we use it: authentication, idempotency keys, expansion, lists, errors."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from integrations.stripe.double import intents, methods, refunds
from integrations.stripe.double.book import MAX_PAGE, Answer, Book, Document, fingerprint_of, page_of
from integrations.stripe.double.disputes import update_dispute
from integrations.stripe.double.faults import (
    StripeFault,
    broken,
    invalid,
    rate_limited,
    reused_key,
    unauthorized,
)
from integrations.stripe.double.forms import Form, expanded, read_form

PUBLISHABLE_MAY = frozenset({"/v1/payment_methods"})
MAX_KEY_LENGTH = 255
KINDS_BY_PROPERTY = {
    "latest_charge": "charge",
    "charge": "charge",
    "payment_method": "payment_method",
    "payment_intent": "payment_intent",
    "customer": "customer",
}

type Act = Callable[[Book, dict[str, str], Form], Document]


def _created(create: Callable[[Book, Form], Document]) -> Act:
    return lambda book, _path, form: create(book, form)


def _retrieved(kind: str, *parameters: str) -> Act:
    def retrieve(book: Book, path: dict[str, str], form: Form) -> Document:
        form.ignore(*parameters)
        return book.get(kind, path["id"])

    return retrieve


def _listed(kind: str, *filters: str) -> Act:
    def page(book: Book, _path: dict[str, str], form: Form) -> Document:
        given = {name: value for name in filters if (value := form.text(name)) is not None}
        limit = min(form.integer("limit") or 10, MAX_PAGE)
        url = f"/v1/{kind}s"
        return page_of(book.all(kind, **given), url, limit=limit, starting_after=form.text("starting_after"))

    return page


def _list_events(book: Book, _path: dict[str, str], form: Form) -> Document:
    since, types = form.part("created").integer("gte", least=0), form.texts("types")
    found = [
        event
        for event in book.all("event")
        if (since is None or event["created"] >= since) and (not types or event["type"] in types)
    ]
    limit = min(form.integer("limit") or 10, MAX_PAGE)
    return page_of(found, "/v1/events", limit=limit, starting_after=form.text("starting_after"))


def _search_intents(book: Book, _path: dict[str, str], form: Form) -> Document:
    """Of Stripe's query language only what we ask: `metadata['key']:'value'`."""
    query = form.required_text("query")
    name, _, value = query.partition(":")
    key = name.removeprefix("metadata[").removesuffix("]").strip("'\"")
    found = [item for item in book.all("payment_intent") if item["metadata"].get(key) == value.strip("'\"")]
    form.ignore("limit")
    return {"object": "search_result", "url": "/v1/payment_intents/search", "has_more": False, "data": found}


def _attach(book: Book, path: dict[str, str], form: Form) -> Document:
    return methods.attach(book, methods.method_given(book, path["id"]), form.required_text("customer"))


def _confirm(book: Book, path: dict[str, str], form: Form) -> Document:
    intent = book.get("payment_intent", path["id"])
    method_id = form.text("payment_method")
    if method_id is not None:
        intent = {**intent, "payment_method": methods.method_given(book, method_id)["id"]}
    return_url = form.text("return_url") or intent["return_url"]
    return intents.confirm(book, {**intent, "return_url": return_url}, off_session=form.flag("off_session"))


def _fund(book: Book, path: dict[str, str], form: Form) -> Document:
    form.ignore("reference")
    amount, currency = form.required_integer("amount"), form.required_text("currency")
    return intents.fund(book, path["id"], amount, currency)


def _create_endpoint(book: Book, form: Form) -> Document:
    url, events = form.required_text("url"), form.texts("enabled_events")
    form.ignore("description", "api_version")
    secret = f"whsec_{book.new_id('x')[2:]}"
    return book.add(
        "webhook_endpoint", "we", url=url, enabled_events=events, status="enabled", secret=secret, metadata={}
    )


def _delete_endpoint(book: Book, path: dict[str, str], _form: Form) -> Document:
    book.get("webhook_endpoint", path["id"])
    book.delete(path["id"])
    return {"id": path["id"], "object": "webhook_endpoint", "deleted": True}


ACTS: dict[tuple[str, str], Act] = {
    ("POST", "/v1/payment_intents"): _created(intents.create_intent),
    ("GET", "/v1/payment_intents"): _listed("payment_intent", "customer"),
    ("GET", "/v1/payment_intents/search"): _search_intents,
    ("GET", "/v1/payment_intents/{id}"): _retrieved("payment_intent", "client_secret"),
    ("POST", "/v1/payment_intents/{id}/confirm"): _confirm,
    ("POST", "/v1/payment_intents/{id}/capture"): lambda book, path, form: intents.capture_intent(
        book, path["id"], form
    ),
    ("POST", "/v1/payment_intents/{id}/cancel"): lambda book, path, form: intents.cancel_intent(book, path["id"], form),
    ("POST", "/v1/refunds"): _created(refunds.create_refund),
    ("GET", "/v1/refunds"): _listed("refund", "payment_intent", "charge"),
    ("GET", "/v1/refunds/{id}"): _retrieved("refund"),
    ("GET", "/v1/charges/{id}"): _retrieved("charge"),
    ("GET", "/v1/disputes"): _listed("dispute", "payment_intent", "charge"),
    ("GET", "/v1/disputes/{id}"): _retrieved("dispute"),
    ("POST", "/v1/disputes/{id}"): lambda book, path, form: update_dispute(book, path["id"], form),
    ("POST", "/v1/customers"): _created(methods.create_customer),
    ("GET", "/v1/customers/{id}"): _retrieved("customer"),
    ("POST", "/v1/payment_methods"): _created(methods.create_method),
    ("GET", "/v1/payment_methods/{id}"): _retrieved("payment_method"),
    ("POST", "/v1/payment_methods/{id}/attach"): _attach,
    ("POST", "/v1/payment_methods/{id}/detach"): lambda book, path, _form: methods.detach(book, path["id"]),
    ("POST", "/v1/setup_intents"): _created(methods.create_setup),
    ("GET", "/v1/setup_intents/{id}"): _retrieved("setup_intent"),
    ("GET", "/v1/events"): _list_events,
    ("GET", "/v1/events/{id}"): _retrieved("event"),
    ("POST", "/v1/webhook_endpoints"): _created(_create_endpoint),
    ("GET", "/v1/webhook_endpoints"): _listed("webhook_endpoint"),
    ("DELETE", "/v1/webhook_endpoints/{id}"): _delete_endpoint,
    ("POST", "/v1/test_helpers/customers/{id}/fund_cash_balance"): _fund,
}


class Api:
    """Answers each request in one transaction, and the same key by the same answer."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def routes(self) -> list[BaseRoute]:
        return [Route(path, self._endpoint(act), methods=[method]) for (method, path), act in ACTS.items()]

    def _endpoint(self, act: Act) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            encoded = request.url.query if request.method == "GET" else (await request.body()).decode()
            with self._book.transaction():
                fault = self._injected()
            status, body, is_replayed = fault or self._answered(request, encoded, act)
            await self._delay()
            headers = {
                "request-id": self._book.new_id("req"),
                "stripe-version": request.headers.get("stripe-version", ""),
            }
            key = request.headers.get("idempotency-key")
            if key:
                headers["idempotency-key"] = key
            if is_replayed:
                headers["idempotent-replayed"] = "true"
            return Response(body, status, headers, media_type="application/json")

        return answer

    def _injected(self) -> tuple[int, str, bool] | None:
        """A fault of the switches, before anything has run."""
        if self._book.count_down("failing_calls"):
            return _told(broken("Told to fail before anything ran."))
        if self._book.count_down("limited_calls"):
            return _told(rate_limited())
        return None

    async def _delay(self) -> None:
        with self._book.transaction():
            is_late = self._book.count_down("late_answers")
        if is_late:
            await asyncio.sleep(float(self._book.switch("late_answer_seconds", 15.0)))

    def _answered(self, request: Request, encoded: str, act: Act) -> tuple[int, str, bool]:
        try:
            _authenticate(request)
            form = read_form(encoded)
            key = request.headers.get("idempotency-key") if request.method == "POST" else None
            if key is not None and len(key) > MAX_KEY_LENGTH:
                raise invalid("Idempotency keys can be up to 255 characters.")
            fingerprint = fingerprint_of(request.method, request.url.path, form.tree)
            known = self._book.answer(key) if key else None
            if known is not None:
                if known.fingerprint != fingerprint:
                    raise reused_key(key or "")
                return known.status, known.body, True
        except StripeFault as fault:
            return _told(fault)
        return self._run(request, form, act, key, fingerprint)

    def _run(self, request: Request, form: Form, act: Act, key: str | None, fingerprint: str) -> tuple[int, str, bool]:
        """Do it; what has run is kept under the key, be it a decline or an answer of ours that broke."""
        try:
            with self._book.transaction():
                self._book.set_switch("origin", _origin(request))
                try:
                    status, body = 200, json.dumps(self._done(request, form, act))
                    if request.method == "POST" and self._book.count_down("lost_answers"):
                        raise broken("It was done, and this answer broke.", is_kept=True)
                except StripeFault as fault:
                    if not fault.is_kept:
                        raise
                    status, body = fault.status, json.dumps(fault.body)
                if key:
                    self._book.keep_answer(key, Answer(status, body, fingerprint))
        except StripeFault as fault:
            return _told(fault)
        return status, body, False

    def _done(self, request: Request, form: Form, act: Act) -> Document:
        expand = form.texts("expand")
        document = act(self._book, dict(request.path_params), form)
        form.finish()
        return expanded(_public(document), expand, self._found)

    def _found(self, document: Any, name: str) -> Any:
        if name == "refunds":
            return page_of(self._book.all("refund", charge=document["id"]), f"/v1/charges/{document['id']}/refunds")
        value = document[name]
        if not isinstance(value, str):
            return value
        if name not in KINDS_BY_PROPERTY:
            raise invalid(f"This property cannot be expanded ({name}).", param="expand")
        return _public(self._book.get(KINDS_BY_PROPERTY[name], value))


def _origin(request: Request) -> str:
    """Where the double answers, below the path that it is mounted at."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


def _told(fault: StripeFault) -> tuple[int, str, bool]:
    return fault.status, json.dumps(fault.body), False


def _public(document: Document) -> Document:
    """Without what only the double knows."""
    if document["object"] in {"list", "search_result"}:
        return {**document, "data": [_public(item) for item in document["data"]]}
    return (
        methods.shown(intents.public(document)) if document["object"] == "payment_intent" else methods.shown(document)
    )


def _authenticate(request: Request) -> None:
    """A secret key may do all, a publishable one what a client's library does."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    key = credentials
    if scheme.lower() == "basic":
        key = base64.b64decode(credentials).decode().partition(":")[0]
    if key.startswith("pk_test_"):
        if (
            request.method != "POST"
            or request.url.path.removeprefix(request.scope.get("root_path", "")) not in PUBLISHABLE_MAY
        ):
            raise unauthorized("This API call cannot be made with a publishable API key.")
    elif not key.startswith(("sk_test_", "rk_test_")):
        raise unauthorized("Invalid API Key provided.")
