"""Writing invoices and credit notes (rule O5)."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.orders.invoicing.model import (
    DocumentKind,
    DocumentLine,
    OrderDocument,
    credit_lines,
    invoice_lines,
    recipient_of,
)
from domain.orders.invoicing.ports import UnitOfWork
from domain.orders.model import Order, VendorOrder, VendorOrderStatus
from domain.orders.refunding.model import RefundPlan
from domain.shared.events import Event, EventType
from domain.shared.ids import DocumentId, RefundId, VendorOrderId
from domain.shared.jobs import Job, JobKind
from domain.shared.money import Money

SUPPLIED = frozenset({VendorOrderStatus.SHIPPED, VendorOrderStatus.DELIVERED})
MARKS = {DocumentKind.INVOICE: "I", DocumentKind.CREDIT_NOTE: "C"}


async def issue_invoice(uow: UnitOfWork, vendor_order_id: VendorOrderId, *, now: datetime) -> OrderDocument | None:
    """The invoice of a vendor's part, written when all of it is sent; a job calls it, harmlessly again.

    None while it is not sent, and if all of it was given back before.
    """
    async with uow:
        known = await uow.orders.part(vendor_order_id)
        order = await uow.orders.lock(known.order_id) if known else None
        part = await uow.orders.part(vendor_order_id)
        if order is None or part is None or part.status not in SUPPLIED:
            return None
        written = await uow.documents.invoice_of(part.id)
        sold = await uow.orders.lines_of_part(part.id)
        lines = invoice_lines(part, sold)
        if written is not None or not lines:
            return written
        is_whole = not any(line.given_back for line in sold)
        rounding = Money(part.totals.rounding.minor if is_whole else 0, order.currency)
        invoice = await _write(uow, DocumentKind.INVOICE, order, part, lines, rounding=rounding, now=now)
        await uow.commit()
    return invoice


async def credit(
    uow: UnitOfWork,
    order: Order,
    parts: Sequence[VendorOrder],
    plan: RefundPlan,
    refund_id: RefundId,
    *,
    now: datetime,
) -> list[OrderDocument]:
    """A credit note for each part that a refund takes from and that was invoiced, within the refund's transaction.

    The order is locked. The refund's rounding stands on the first of them.
    """
    notes = []
    rounding = plan.rounding
    for part in parts:
        lines = credit_lines(part, plan)
        invoice = await uow.documents.invoice_of(part.id) if lines else None
        if invoice is not None:
            notes.append(
                await _write(
                    uow,
                    DocumentKind.CREDIT_NOTE,
                    order,
                    part,
                    lines,
                    rounding=rounding,
                    now=now,
                    corrects=invoice.number,
                    refund_id=refund_id,
                )
            )
            rounding = Money.zero(order.currency)
    return notes


async def _write(
    uow: UnitOfWork,
    kind: DocumentKind,
    order: Order,
    part: VendorOrder,
    lines: tuple[DocumentLine, ...],
    *,
    rounding: Money,
    now: datetime,
    corrects: str | None = None,
    refund_id: RefundId | None = None,
) -> OrderDocument:
    market = await uow.documents.market_of(order)
    today = now.astimezone(ZoneInfo(market.time_zone)).date()
    series = f"{MARKS[kind]}{today.year}"
    number = await uow.documents.next_number(part.vendor_id, series)
    document = OrderDocument(
        id=DocumentId(uow.new_id("document")),
        kind=kind,
        vendor_id=part.vendor_id,
        order_id=order.id,
        vendor_order_id=part.id,
        series=series,
        number=f"{series}-{number:06d}",
        issued_at=now,
        language=order.language,
        currency=order.currency,
        time_zone=market.time_zone,
        prices_include_tax=market.prices_include_tax,
        seller=await uow.documents.legal_entity(part.vendor_id, order),
        buyer=recipient_of(order),
        order_number=order.number,
        ordered_at=order.placed_at,
        lines=lines,
        rounding=rounding,
        wording=order.tax_wording,
        corrects=corrects,
        refund_id=refund_id,
        due_on=_due_on(order, today) if kind is DocumentKind.INVOICE else None,
        po_number=order.po_number,
    )
    await uow.documents.add(document)
    uow.record(_issued(document))
    uow.enqueue(Job(JobKind.PRINT_DOCUMENT, document.id))
    uow.tell(order.id)
    return document


def _due_on(order: Order, issued_on: date) -> date | None:
    """By when the invoice is to be paid (rule B1), if the order was placed on a company's terms."""
    terms = order.company.terms if order.company else None
    return terms.due_on(issued_on) if terms else None


def _issued(document: OrderDocument) -> Event:
    return Event(
        EventType.DOCUMENT_ISSUED,
        document.vendor_order_id,
        order_id=document.order_id,
        vendor_order_id=document.vendor_order_id,
        vendor_id=document.vendor_id,
        changes={
            "documentId": document.id,
            "kind": document.kind.value,
            "number": document.number,
            "payableMinor": document.payable.minor,
            "currency": document.currency,
        },
    )
