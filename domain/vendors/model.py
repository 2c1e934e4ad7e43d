"""Who sells."""

from collections.abc import Sequence
from enum import Enum

from domain.shared.ids import VendorId
from domain.shared.making import dataclass
from domain.shared.media import Image, RichText


class VendorStatus(Enum):
    """Where a vendor stands; only an active one sells, and open orders of a suspended one run on."""

    APPLIED = "APPLIED"
    IN_REVIEW = "IN_REVIEW"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REJECTED = "REJECTED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class VendorPolicy:
    """What a vendor promises: `kind` is a word like `returns` or `shipping`."""

    kind: str
    text: RichText


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who sells, in the language of the request. The platform's own goods are the house vendor's."""

    id: VendorId
    slug: str
    name: str
    description: RichText | None
    logo: Image | None
    country: str
    policies: Sequence[VendorPolicy]
    status: VendorStatus
    is_house: bool
    version: int

    @property
    def vendor_id(self) -> VendorId:
        """Whom it belongs to, as of everything else that is a vendor's."""
        return self.id

    @property
    def is_public(self) -> bool:
        return self.status is VendorStatus.ACTIVE
