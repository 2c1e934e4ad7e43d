"""Means of payment that gateways keep for customers: references of theirs, and what to show of them (rule Y10)."""

from datetime import date
from typing import Protocol

from domain.payments.model import PaymentKind, PaymentMethod, Tender, TenderState
from domain.payments.ports import SavedMethod
from domain.shared.ids import CheckoutId, CustomerId, StoredMethodId, TenderId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """`method_id` is the gateway's payment method that it pays by; `gateway_customer` whom the gateway keeps it for."""

    id: StoredMethodId
    customer_id: CustomerId
    gateway: str
    method_id: str
    reference: str
    gateway_customer: str
    kind: PaymentKind
    brand: str | None = None
    last4: str | None = None
    expires_month: int | None = None
    expires_year: int | None = None

    @property
    def expires_on(self) -> date | None:
        """The first day on which it cannot be charged any more."""
        if self.expires_month is None or self.expires_year is None:
            return None
        return date(self.expires_year + self.expires_month // 12, self.expires_month % 12 + 1, 1)


def kept(
    saved: SavedMethod, tender: Tender, gateway: str, *, method_id: StoredMethodId, owner: CustomerId
) -> StoredMethod:
    """What a gateway kept of the method that a tender was paid by."""
    return StoredMethod(
        id=method_id,
        customer_id=owner,
        gateway=gateway,
        method_id=tender.method_id,
        reference=saved.reference,
        gateway_customer=saved.customer,
        kind=saved.kind,
        brand=saved.brand,
        last4=saved.last4,
        expires_month=saved.expires_month,
        expires_year=saved.expires_year,
    )


def stored_tender(
    stored: StoredMethod, method: PaymentMethod, checkout_id: CheckoutId, *, tender_id: TenderId
) -> Tender:
    """An offer to pay by what the gateway keeps, in the place of a token."""
    return Tender(
        id=tender_id,
        checkout_id=checkout_id,
        kind=method.kind,
        method_id=method.id,
        token=None,
        amount=None,
        state=TenderState.PENDING,
        stored_method_id=stored.id,
        stored_reference=stored.reference,
        gateway_customer=stored.gateway_customer,
    )


class StoredMethods(Protocol):
    async def get(self, method_id: StoredMethodId, *, with_forgotten: bool = False) -> StoredMethod | None:
        """None for one that was forgotten, unless those are asked for too."""
        ...

    async def add(self, method: StoredMethod) -> None:
        """Keep it; nothing happens if the gateway's reference is known already."""
        ...

    async def forget(self, method_id: StoredMethodId) -> None: ...


class UnitOfWork(Transaction, Protocol):
    @property
    def stored_methods(self) -> StoredMethods: ...
