"""What the use cases need from a payment gateway."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.payments.model import PaymentAction, PaymentMethod
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Authorized:
    reference: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """The issuer, or the gateway, said no for good."""

    reason: str


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The buyer must do something first; asking again with the same key tells how it ended."""

    reference: str
    action: PaymentAction


type Authorization = Authorized | Declined | ActionRequired


class GatewayUnavailable(Exception):  # noqa: N818 - it says what is, not whose fault it is
    """The gateway gave no answer that can be relied on: what it did is unknown until it is asked again."""


class PaymentGateway(Protocol):
    """Money moves here, outside of any transaction. Every call carries a key that makes repeating it harmless."""

    name: str

    def methods(self, currency: str, country: str) -> Sequence[PaymentMethod]:
        """What a buyer in `country` can pay with in `currency`."""
        ...

    async def authorize(self, amount: Money, token: str | None, *, key: str) -> Authorization:
        """Hold funds; with a `key` used before, say how that call ended. Raises GatewayUnavailable."""
        ...

    async def void(self, reference: str, *, key: str) -> None:
        """Let a hold go; harmless when it is gone already. Raises GatewayUnavailable."""
        ...
