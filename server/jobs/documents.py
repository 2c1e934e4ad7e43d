"""Writing and printing invoices and credit notes."""

from datetime import datetime

from domain.orders.invoicing.usecases import issue_invoice
from domain.shared.ids import DocumentId, VendorOrderId
from persistence.orders.invoices import document_by_id
from server.documents import pdf_of, printer_of
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts


async def write_invoice(parts: Parts, vendor_order_id: str) -> datetime | None:
    """The invoice of a vendor's part that was sent."""
    await issue_invoice(unit_of_work(parts), VendorOrderId(vendor_order_id), now=parts.services.now())
    return None


async def print_document(parts: Parts, document_id: str) -> datetime | None:
    """The PDF of a document, so that it need not be waited for when somebody asks."""
    document = await document_by_id(parts.pool, DocumentId(document_id))
    if document is not None:
        await pdf_of(parts.pool, printer_of(parts.settings), document)
    return None
