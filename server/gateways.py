"""The gateways that the settings name, connected."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Protocol

from domain.payments.observing import Notice
from domain.payments.ports import PaymentGateway
from domain.shared.making import dataclass
from integrations.internal.gateways import BankTransfer, CashOnDelivery, Due, PaidOutside
from integrations.test_gateway.adapter import TestGatewayAdapter
from server.settings import Settings, SettingsError


class NoticeSource(Protocol):
    """Who tells of payments."""

    gateway: str

    def read(self, body: bytes, signature: str | None) -> Notice:
        """The notice in the raw body of a request to our webhook; ForgedNotice unless the gateway has signed it."""
        ...

    async def since(self, moment: datetime) -> Sequence[Notice]:
        """All notices from that moment on, the oldest first. Raises GatewayUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class OpenGateways:
    """Those that are offered, and what Stripe tells of itself where it is one of them."""

    offered: tuple[PaymentGateway, ...]
    stripe_notices: NoticeSource | None = None


@asynccontextmanager
async def open_gateways(settings: Settings) -> AsyncIterator[OpenGateways]:
    """The gateways of the settings; SettingsError if a key lacks what belongs to it."""
    async with AsyncExitStack() as stack:
        offered: list[PaymentGateway] = []
        notices = None
        if settings.commerce_payment_gateway_url is not None:
            offered.append(await stack.enter_async_context(TestGatewayAdapter(settings.commerce_payment_gateway_url)))
        if settings.commerce_stripe_secret_key is not None:
            stripe, notices = await _open_stripe(stack, settings)
            offered.append(stripe)
        yield OpenGateways((*offered, *internal_gateways(settings)), notices)


async def _open_stripe(stack: AsyncExitStack, settings: Settings) -> tuple[PaymentGateway, NoticeSource | None]:
    from integrations.stripe.adapter import StripeAccount, StripeAdapter  # noqa: PLC0415 - where there is a key only
    from integrations.stripe.notices import StripeNotices  # noqa: PLC0415

    assert settings.commerce_stripe_secret_key is not None
    if settings.commerce_stripe_publishable_key is None:
        raise SettingsError("COMMERCE_STRIPE_PUBLISHABLE_KEY: must be set beside COMMERCE_STRIPE_SECRET_KEY")
    account = StripeAccount(
        settings.commerce_stripe_secret_key.get_secret_value(),
        settings.commerce_stripe_publishable_key,
        settings.commerce_stripe_url,
        settings.commerce_stripe_methods,
        settings.commerce_stripe_multicapture,
        settings.commerce_payment_return_url,
    )
    adapter = await stack.enter_async_context(StripeAdapter(account))
    secret = settings.commerce_stripe_webhook_secret
    return adapter, StripeNotices(adapter, secret.get_secret_value()) if secret else None


def internal_gateways(settings: Settings) -> list[PaymentGateway]:
    """The means of payment that nobody outside is asked about: those of staff, and those that the settings offer."""
    offered: list[PaymentGateway] = [PaidOutside(), Due()]
    if settings.commerce_cash_on_delivery_countries:
        offered.append(CashOnDelivery(settings.commerce_cash_on_delivery_countries))
    if settings.commerce_bank_accounts:
        offered.append(BankTransfer(settings.commerce_bank_accounts))
    return offered
