"""Facts that other parts and integrators react to."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum
from typing import Any

from domain.shared.ids import EventId, OfferId, OrderId, VendorId, VendorOrderId
from domain.shared.making import dataclass


class EventType(Enum):
    """Every kind of fact in the event log: part of the public contract."""

    ORDER_PLACED = "ORDER_PLACED"
    ORDER_CONFIRMED = "ORDER_CONFIRMED"
    ORDER_ON_HOLD = "ORDER_ON_HOLD"
    ORDER_CANCELED = "ORDER_CANCELED"
    ORDER_LINES_CANCELED = "ORDER_LINES_CANCELED"
    ORDER_EDITED = "ORDER_EDITED"
    ORDER_EXPIRED = "ORDER_EXPIRED"
    ORDER_COMPLETED = "ORDER_COMPLETED"
    ORDER_REOPENED = "ORDER_REOPENED"
    ORDER_NOTE_ADDED = "ORDER_NOTE_ADDED"
    PAYMENT_AUTHORIZED = "PAYMENT_AUTHORIZED"
    PAYMENT_CAPTURED = "PAYMENT_CAPTURED"
    PAYMENT_CAPTURE_FAILED = "PAYMENT_CAPTURE_FAILED"
    PAYMENT_EXPIRING = "PAYMENT_EXPIRING"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    PAYMENT_VOIDED = "PAYMENT_VOIDED"
    PAYMENT_VOID_FAILED = "PAYMENT_VOID_FAILED"
    REFUND_CREATED = "REFUND_CREATED"
    REFUND_SUCCEEDED = "REFUND_SUCCEEDED"
    REFUND_FAILED = "REFUND_FAILED"
    DISPUTE_OPENED = "DISPUTE_OPENED"
    DISPUTE_CLOSED = "DISPUTE_CLOSED"
    DOCUMENT_ISSUED = "DOCUMENT_ISSUED"
    GIFT_CARD_ISSUED = "GIFT_CARD_ISSUED"
    BALANCE_CHANGED = "BALANCE_CHANGED"
    FULFILLMENT_CREATED = "FULFILLMENT_CREATED"
    FULFILLMENT_CHANGED = "FULFILLMENT_CHANGED"
    FULFILLMENT_DELIVERED = "FULFILLMENT_DELIVERED"
    FULFILLMENT_FAILED = "FULFILLMENT_FAILED"
    FULFILLMENT_CANCELED = "FULFILLMENT_CANCELED"
    RETURN_REQUESTED = "RETURN_REQUESTED"
    RETURN_APPROVED = "RETURN_APPROVED"
    RETURN_REJECTED = "RETURN_REJECTED"
    RETURN_IN_TRANSIT = "RETURN_IN_TRANSIT"
    RETURN_RECEIVED = "RETURN_RECEIVED"
    RETURN_CLOSED = "RETURN_CLOSED"
    RETURN_LABELED = "RETURN_LABELED"
    RETURN_EXCHANGED = "RETURN_EXCHANGED"
    DOWNLOADS_READY = "DOWNLOADS_READY"
    DOWNLOADS_LACKING = "DOWNLOADS_LACKING"
    VENDOR_ORDER_CREATED = "VENDOR_ORDER_CREATED"
    VENDOR_ORDER_ACCEPTED = "VENDOR_ORDER_ACCEPTED"
    VENDOR_ORDER_OVERDUE = "VENDOR_ORDER_OVERDUE"
    VENDOR_ORDER_REJECTED = "VENDOR_ORDER_REJECTED"
    VENDOR_ORDER_CANCELED = "VENDOR_ORDER_CANCELED"
    VENDOR_ORDER_LINES_CANCELED = "VENDOR_ORDER_LINES_CANCELED"
    STOCK_ALLOCATED = "STOCK_ALLOCATED"
    CART_ABANDONED = "CART_ABANDONED"
    STOCK_CHANGED = "STOCK_CHANGED"
    PRODUCT_CHANGED = "PRODUCT_CHANGED"
    PRICE_CHANGED = "PRICE_CHANGED"
    PROMOTION_CHANGED = "PROMOTION_CHANGED"
    COMPANY_CHANGED = "COMPANY_CHANGED"
    WEBHOOK_CHANGED = "WEBHOOK_CHANGED"
    WEBHOOK_PAUSED = "WEBHOOK_PAUSED"


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about `subject_id`, to be recorded in the transaction of the change that made it true.

    The ids beside it say who may hear of it and what to read: a vendor hears what carries its `vendor_id`.
    `changes` holds plain JSON values and no personal data.
    """

    type: EventType
    subject_id: str
    order_id: OrderId | None = None
    vendor_order_id: VendorOrderId | None = None
    vendor_id: VendorId | None = None
    offer_id: OfferId | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event of the log. `sequence` counts without gaps from 1 per subject; `position` orders the whole log.

    `position` is given after the commit, by one writer at a time, so that a reader who has seen one position never
    finds a smaller one later.
    """

    id: EventId
    type: EventType
    subject_id: str
    sequence: int
    occurred_at: datetime
    actor: str | None
    order_id: OrderId | None
    vendor_order_id: VendorOrderId | None
    vendor_id: VendorId | None
    offer_id: OfferId | None
    changes: Mapping[str, Any]
    position: int
