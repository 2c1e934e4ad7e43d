"""The identity of each entity, so that contexts can point at one another without importing one another.

An id is a TypeID (https://github.com/jetify-com/typeid): the snake-cased name of its GraphQL type, `_`, and a UUIDv7
in Crockford's base 32, as in `vendor_order_01jd3kq0r2e5ta3wbz9x7m4h6n`. The text itself is what is stored, so that an
id is a plain attribute everywhere; its order is the order of creation.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NewType

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
SUFFIX_LENGTH = 26
TYPE_ID = re.compile(rf"([a-z]+(?:_[a-z]+)*)_([0-7][{ALPHABET}]{{{SUFFIX_LENGTH - 1}}})")

MarketId = NewType("MarketId", str)
PriceListId = NewType("PriceListId", str)
PromotionId = NewType("PromotionId", str)
ProductId = NewType("ProductId", str)
VariantId = NewType("VariantId", str)
CategoryId = NewType("CategoryId", str)
CollectionId = NewType("CollectionId", str)
VendorId = NewType("VendorId", str)
OfferId = NewType("OfferId", str)
WarehouseId = NewType("WarehouseId", str)
CustomerId = NewType("CustomerId", str)
CompanyId = NewType("CompanyId", str)
StaffMemberId = NewType("StaffMemberId", str)
ApiKeyId = NewType("ApiKeyId", str)
SessionId = NewType("SessionId", str)
AddressId = NewType("AddressId", str)
WishlistId = NewType("WishlistId", str)
CartId = NewType("CartId", str)
CartLineId = NewType("CartLineId", str)
CheckoutId = NewType("CheckoutId", str)
DeliveryGroupId = NewType("DeliveryGroupId", str)
DeliveryOptionId = NewType("DeliveryOptionId", str)
DeliveryZoneId = NewType("DeliveryZoneId", str)
DeliveryRestrictionId = NewType("DeliveryRestrictionId", str)
PickupPointId = NewType("PickupPointId", str)
TenderId = NewType("TenderId", str)
PaymentId = NewType("PaymentId", str)
PaymentOperationId = NewType("PaymentOperationId", str)
RefundId = NewType("RefundId", str)
DisputeId = NewType("DisputeId", str)
GatewayEventId = NewType("GatewayEventId", str)
BalanceId = NewType("BalanceId", str)
StoredMethodId = NewType("StoredMethodId", str)
OrderId = NewType("OrderId", str)
VendorOrderId = NewType("VendorOrderId", str)
OrderLineId = NewType("OrderLineId", str)
DocumentId = NewType("DocumentId", str)
FulfillmentId = NewType("FulfillmentId", str)
DigitalFileId = NewType("DigitalFileId", str)
DigitalDownloadId = NewType("DigitalDownloadId", str)
ReturnId = NewType("ReturnId", str)
EventId = NewType("EventId", str)
WebhookId = NewType("WebhookId", str)
WebhookDeliveryId = NewType("WebhookDeliveryId", str)

NewId = Callable[[str], str]
"""Makes a fresh id for a prefix: `new_id("order")`. Chance and time stay outside the domain."""


def type_id(prefix: str, value: int) -> str:
    """The TypeID of a 128-bit integer."""
    shifts = range(5 * (SUFFIX_LENGTH - 1), -1, -5)
    return f"{prefix}_{''.join([ALPHABET[value >> shift & 31] for shift in shifts])}"


def moment_of(text: str) -> datetime:
    """When the entity of a TypeID was made, to the millisecond: its UUIDv7 begins with that (RFC 9562, 5.7)."""
    value = 0
    for letter in text[-SUFFIX_LENGTH:]:
        value = value << 5 | ALPHABET.index(letter)
    return datetime.fromtimestamp((value >> 80) / 1000, UTC)


def prefix_of(text: str) -> str | None:
    """The prefix of a well-formed TypeID, or None."""
    match = TYPE_ID.fullmatch(text)
    return match[1] if match else None
