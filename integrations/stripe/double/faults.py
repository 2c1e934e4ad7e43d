"""Stripe's errors, in the shapes that its API documents (https://docs.stripe.com/api/errors)."""

from collections.abc import Mapping
from typing import Any


class StripeFault(Exception):  # noqa: N818 - Stripe calls it an error object
    """An answer other than 200. `is_kept`: the same idempotency key is answered by it again."""

    def __init__(self, status: int, kind: str, message: str, *, is_kept: bool = False, **details: Any) -> None:
        super().__init__(message)
        self.status = status
        self.is_kept = is_kept
        given = {name: value for name, value in details.items() if value is not None}
        self.body = {"error": {"type": kind, "message": message, **given}}


def invalid(message: str, *, param: str | None = None, code: str | None = None, **details: Any) -> StripeFault:
    """400: the parameters are wrong; nothing has run, so no result is kept under the key."""
    return StripeFault(400, "invalid_request_error", message, param=param, code=code, **details)


def unexpected_state(intent: Mapping[str, Any], act: str) -> StripeFault:
    message = f"This PaymentIntent could not be {act} because it has a status of {intent['status']}."
    code = "payment_intent_unexpected_state"
    return StripeFault(400, "invalid_request_error", message, is_kept=True, code=code, payment_intent=dict(intent))


def missing(kind: str, object_id: str, *, param: str = "id") -> StripeFault:
    message = f"No such {kind}: '{object_id}'"
    return StripeFault(404, "invalid_request_error", message, code="resource_missing", param=param)


def missing_parameter(name: str) -> StripeFault:
    return invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")


def card_error(failure: Mapping[str, Any], **objects: Any) -> StripeFault:
    """402: the card was declined, which is a result, and kept."""
    details = {name: value for name, value in failure.items() if name not in {"message", "type"}}
    return StripeFault(402, "card_error", failure["message"], is_kept=True, **details, **objects)


def reused_key(key: str) -> StripeFault:
    message = (
        f"Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return StripeFault(400, "idempotency_error", message)


def unauthorized(message: str) -> StripeFault:
    return StripeFault(401, "invalid_request_error", message)


def broken(message: str, *, is_kept: bool = False) -> StripeFault:
    return StripeFault(500, "api_error", message, is_kept=is_kept)


def rate_limited() -> StripeFault:
    return StripeFault(429, "invalid_request_error", "Too many requests hit the API too quickly.", code="rate_limit")
