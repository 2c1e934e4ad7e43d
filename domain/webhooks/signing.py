"""Signatures by which receivers know that a request came from us.

As Standard Webhooks has it: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime

SECRET_MARK = "whsec_"  # noqa: S105 - how every secret begins
SECRET_BYTES = 32


def secret_text(random_bytes: bytes) -> str:
    """A secret as receivers are given it."""
    return SECRET_MARK + b64encode(random_bytes).decode()


def headers_of(id: str, body: bytes, secrets: Iterable[str], now: datetime) -> Mapping[str, str]:
    """The headers of a request sent at `now`, signed by each of the secrets, the newest of which goes first."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join([id.encode(), timestamp.encode(), body])
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    digest = hmac.digest(b64decode(secret.removeprefix(SECRET_MARK)), signed, hashlib.sha256)
    return f"v1,{b64encode(digest).decode()}"
