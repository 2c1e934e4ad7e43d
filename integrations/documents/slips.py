"""What goes into a parcel beside the goods."""

from datetime import datetime

from domain.shared.address import Address
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class PackedLine:
    """Units of one order line in a parcel, what their buyer wishes to be written beside them, and whether they are to
    be wrapped as a gift.
    """

    title: str
    sku: str
    options: tuple[tuple[str, str], ...]
    quantity: int
    message: str | None = None
    is_wrapped: bool = False


@dataclass(frozen=True, slots=True)
class PackingSlip:
    """What a vendor sends together, and to whom."""

    seller: str
    to: Address | None
    order_number: str
    language: str
    time_zone: str
    packed_at: datetime
    carrier: str | None
    lines: tuple[PackedLine, ...]
