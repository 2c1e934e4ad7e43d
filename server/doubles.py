"""Gateways that move no money, run beside a store that has no other: it can be tried as a whole."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from server.children import Child
from server.listening import address_of, listening_socket
from server.settings import Settings

STRIPE_DOUBLE = "/stripe"
"""Where the double of Stripe answers; the test gateway has the rest."""
STRIPE_WEBHOOK = "/webhooks/stripe"
WEBHOOK_URL = "COMMERCE_DOUBLE_WEBHOOK_URL"
WEBHOOK_SECRET = "COMMERCE_DOUBLE_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable


@contextmanager
def doubles(settings: Settings, origin: str | None) -> Iterator[dict[str, Any]]:
    """The test gateway and the double of Stripe as one process; the settings by which both are reached.

    The double tells the server at `origin` what happens.
    """
    secret = f"whsec_{secrets.token_hex(16)}"
    environment = {"DATA_DIR": str(settings.data_dir.absolute())}
    if origin is not None:
        environment |= {WEBHOOK_URL: f"{origin}{STRIPE_WEBHOOK}", WEBHOOK_SECRET: secret}
    with listening_socket("127.0.0.1", 0) as listener:
        child = Child("gateway", environment=environment, listener=listener)
        try:
            yield settings_of(address_of(listener), secret) | {
                "commerce_payment_return_url": settings.commerce_payment_return_url or origin
            }
        finally:
            child.stop()


def settings_of(address: str, webhook_secret: str) -> dict[str, Any]:
    """What a server needs to pay by the doubles at this address."""
    return {
        "commerce_payment_gateway_url": address,
        "commerce_stripe_secret_key": SecretStr("sk_test_double"),
        "commerce_stripe_publishable_key": "pk_test_double",
        "commerce_stripe_webhook_secret": SecretStr(webhook_secret),
        "commerce_stripe_url": f"{address}{STRIPE_DOUBLE}",
        "commerce_stripe_methods": ("card", "sepa_debit", "customer_balance", "klarna"),
        "commerce_stripe_multicapture": True,
    }


def stripe_environment(settings: Settings) -> dict[str, str]:
    """How another process reaches Stripe, if it is reached."""
    if settings.commerce_stripe_secret_key is None:
        return {}
    webhook_secret = settings.commerce_stripe_webhook_secret
    return {
        "COMMERCE_STRIPE_SECRET_KEY": settings.commerce_stripe_secret_key.get_secret_value(),
        "COMMERCE_STRIPE_PUBLISHABLE_KEY": settings.commerce_stripe_publishable_key or "",
        "COMMERCE_STRIPE_WEBHOOK_SECRET": webhook_secret.get_secret_value() if webhook_secret else "",
        "COMMERCE_STRIPE_URL": settings.commerce_stripe_url or "",
        "COMMERCE_STRIPE_METHODS": ",".join(settings.commerce_stripe_methods),
        "COMMERCE_STRIPE_MULTICAPTURE": str(settings.commerce_stripe_multicapture),
        "COMMERCE_PAYMENT_RETURN_URL": settings.commerce_payment_return_url or "",
    }
