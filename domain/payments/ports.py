"""What the use cases need from payment gateways.

A gateway moves money outside of any transaction, so what it did may be unknown for a while: every call that changes
something carries a key that makes repeating it harmless (rule I3), and `look_up` tells at any time what is so.
"""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from domain.payments.model import PaymentAction, PaymentKind, PaymentMethod
from domain.shared.making import dataclass
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a gateway can do for one kind of payment.

    `multicapture`: an authorization can be captured in parts; without it the first capture is the last (rule Y3).
    `holds`: funds are authorized first and captured later; otherwise they are taken at once. `is_delayed`: whether they
    come is known days later. `authorization_lifetime` is how long a hold lasts if the gateway says nothing else.
    """

    holds: bool = True
    partial_capture: bool = True
    multicapture: bool = False
    partial_refund: bool = True
    off_session: bool = False
    saves_methods: bool = False
    is_delayed: bool = False
    authorization_lifetime: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What shall be charged, and to what: a `token` that the gateway's client made, or a `stored_method` of its own.

    `capture` takes the money at once. `customer` is the gateway's reference of the buyer, where it has one;
    `save_method` keeps the method for later charges. `off_session`: nobody is there to approve anything, so what needs
    approval is declined. `return_url` is where a page of the gateway's sends the buyer back to. `subject` is our id of
    what is paid, a checkout or an order, which the gateway shows beside the payment. `is_repeated`: it may have been
    asked for under its key before, perhaps so long ago that the gateway has forgotten the key, but not the payment.
    """

    amount: Money
    method_id: str
    kind: PaymentKind
    token: str | None = None
    stored_method: str | None = None
    customer: str | None = None
    email: str | None = None
    country: str | None = None
    capture: bool = False
    save_method: bool = False
    off_session: bool = False
    return_url: str | None = None
    subject: str | None = None
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class SavingRequest:
    """A `token` to be kept for a customer, by the gateway's own reference once it has one."""

    token: str
    kind: PaymentKind
    customer: str | None = None
    email: str | None = None
    return_url: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A means of payment that the gateway keeps for a customer: references of its own, and what to show of it."""

    reference: str
    customer: str
    kind: PaymentKind
    brand: str | None = None
    last4: str | None = None
    expires_month: int | None = None
    expires_year: int | None = None


@dataclass(frozen=True, slots=True)
class Authorized:
    """The whole amount is held until `expires_at`; None if it never ends."""

    reference: str
    expires_at: datetime | None
    saved: SavedMethod | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """The whole amount is taken already: the method holds nothing, or capturing at once was asked for."""

    reference: str
    saved: SavedMethod | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """It is under way and will succeed or fail later: a notice or `look_up` tells.

    `action` is what the buyer is to do meanwhile: transfer the money to this account, say.
    """

    reference: str
    action: PaymentAction | None = None


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The buyer must do something first; asking again with the same key tells how it ended."""

    reference: str
    action: PaymentAction


@dataclass(frozen=True, slots=True)
class Declined:
    """The issuer, or the gateway, said no for good."""

    reason: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    """A capture, void or refund is done. `reference` is the gateway's own of it."""

    reference: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A capture, void or refund was not done, and asking again will not help."""

    reason: str
    reference: str | None = None


type Authorization = Authorized | Captured | Pending | ActionRequired | Declined
type OperationOutcome = Succeeded | Pending | Failed
type Saving = SavedMethod | ActionRequired | Declined


class GatewayPaymentState(Enum):
    """Where a payment stands at its gateway. CAPTURED: something was taken and nothing more can be."""

    ACTION_REQUIRED = "ACTION_REQUIRED"
    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    CAPTURED = "CAPTURED"
    FAILED = "FAILED"
    VOIDED = "VOIDED"


class GatewayRefundState(Enum):
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class DisputeState(Enum):
    """OPEN: the money is withdrawn or about to be, and the case undecided."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """`key` is the one that it was asked for under, where the gateway keeps it."""

    reference: str
    amount: Money
    state: GatewayRefundState
    failure: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayDispute:
    """A buyer's bank wants `amount` back. `fee` is what the gateway keeps for it, where it says so."""

    reference: str
    amount: Money
    state: DisputeState
    reason: str
    opened_at: datetime
    evidence_due_by: datetime | None = None
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """A payment as its gateway has it at this moment.

    `refunded` holds no refund that failed, but those that are pending (rule Y2). `capturable` is what is still held.
    `key` is the one that it was asked for under, where the gateway keeps it.
    """

    reference: str
    state: GatewayPaymentState
    amount: Money
    authorized: Money
    captured: Money
    refunded: Money
    capturable: Money
    expires_at: datetime | None = None
    failure: str | None = None
    action: PaymentAction | None = None
    refunds: Sequence[GatewayRefund] = field(default=())
    disputes: Sequence[GatewayDispute] = field(default=())
    key: str | None = None


class GatewayUnavailable(Exception):  # noqa: N818 - it says what is, not whose fault it is
    """The gateway gave no answer that can be relied on: what it did is unknown until it is asked again."""


class PaymentGateway(Protocol):
    """One way to move money. Every method that is awaited may raise GatewayUnavailable."""

    @property
    def name(self) -> str: ...

    def methods(self, currency: str, country: str) -> Sequence[PaymentMethod]:
        """What a buyer in `country` can pay with in `currency`."""
        ...

    def offers(self, method_id: str) -> bool:
        """Whether the method is one of this gateway's, in any currency and country."""
        ...

    def capabilities(self, kind: PaymentKind) -> Capabilities: ...

    def expresses(self, amount: Money) -> bool:
        """Whether the gateway can be sent exactly this amount (rule M4)."""
        ...

    async def authorize(self, request: AuthorizationRequest, *, key: str) -> Authorization:
        """Hold funds, or take them; with a `key` used before, say where that payment stands now."""
        ...

    async def capture(self, reference: str, amount: Money, *, final: bool, key: str) -> OperationOutcome:
        """Take `amount` of what is held. `final` lets the rest go, as does any capture without `multicapture`."""
        ...

    async def void(self, reference: str, *, key: str) -> OperationOutcome:
        """Let go what is held or awaited. Succeeds when it is gone already; fails when it was captured."""
        ...

    async def refund(self, reference: str, amount: Money, *, key: str) -> OperationOutcome:
        """Give `amount` of what was captured back."""
        ...

    async def look_up(self, reference: str) -> GatewayPayment | None:
        """The payment as it is now; None if the gateway knows no such reference."""
        ...

    async def save_method(self, request: SavingRequest, *, key: str) -> Saving:
        """Keep a method for later charges without charging it now."""
        ...

    async def forget(self, method_reference: str) -> None:
        """Never charge a stored method again; harmless when it is forgotten already."""
        ...
