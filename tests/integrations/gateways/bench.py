"""What the conformance suite needs of each gateway: how to pay in each way, and how to act outside of the port."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from domain.payments.model import PaymentKind
from domain.payments.ports import AuthorizationRequest, PaymentGateway
from domain.shared.money import Money
from persistence.ids import new_id


def euros(amount: str) -> Money:
    return Money.parse(amount, "EUR")


@dataclass
class Bench:
    """One gateway, with its tokens by what they do, and what its other side can be made to do."""

    gateway: PaymentGateway
    method_id: str
    tokens: dict[str, str]
    delayed: dict[str, Any]
    approve: Callable[[str], Awaitable[None]]
    refuse: Callable[[str], Awaitable[None]]
    settle: Callable[[str], Awaitable[None]]
    settle_refund: Callable[[str], Awaitable[None]]
    fail_calls: Callable[[int], Awaitable[None]]
    lose_answers: Callable[[int], Awaitable[None]]
    dispute: Callable[[str, int], Awaitable[None]]
    count: Callable[[], Awaitable[int]]
    keys: list[str] = field(default_factory=list)

    def request(self, what: str = "ok", amount: Money | None = None, **values: Any) -> AuthorizationRequest:
        """A charge of 120.00 by a card that does `what`."""
        known: dict[str, Any] = {"token": self.tokens[what], "subject": "checkout_test"} | values
        return AuthorizationRequest(amount or euros("120.00"), self.method_id, PaymentKind.CARD, **known)

    def delayed_request(self, **values: Any) -> AuthorizationRequest:
        return AuthorizationRequest(euros("120.00"), **(self.delayed | values))

    async def authorized(self, what: str = "ok", amount: Money | None = None, **values: Any) -> str:
        """The reference of a payment by a card that does `what`."""
        answer = await self.gateway.authorize(self.request(what, amount, **values), key=fresh_key())
        assert answer.reference is not None
        return answer.reference

    async def captured(self, what: str = "ok", amount: Money | None = None) -> str:
        return await self.authorized(what, amount, capture=True)


def fresh_key() -> str:
    return new_id("tender") + ":1"
