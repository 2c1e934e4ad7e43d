"""Whoever makes a request, and what they may do."""

from domain.shared.ids import ApiKeyId, CompanyId, CustomerId, SessionId, VendorId
from domain.shared.making import dataclass

STAFF_SCOPE = "staff"


@dataclass(frozen=True, slots=True)
class Actor:
    """A guest, unless it names a customer or an API key.

    `vendor_ids` are the vendors it acts for; `scopes` are what staff members and API keys were granted. The scope
    `staff` tells staff from customers. `customer_group` is the one whose price lists and promotions a customer has,
    `company_ids` are the companies that they are a member of, in whatever role.
    """

    customer_id: CustomerId | None = None
    api_key_id: ApiKeyId | None = None
    session_family_id: SessionId | None = None
    vendor_ids: frozenset[VendorId] = frozenset()
    scopes: frozenset[str] = frozenset()
    customer_group: str | None = None
    company_ids: frozenset[CompanyId] = frozenset()

    @property
    def id(self) -> str | None:
        """Who stands in the event log and the audit trail."""
        return self.customer_id or self.api_key_id

    @property
    def is_authenticated(self) -> bool:
        return self.id is not None

    @property
    def is_staff(self) -> bool:
        return STAFF_SCOPE in self.scopes

    def acts_for(self, vendor_id: VendorId) -> bool:
        return vendor_id in self.vendor_ids


GUEST = Actor()
