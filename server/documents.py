"""Fetching invoices and credit notes, as PDF and as data for the buyer's books, and packing slips."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.orders.invoicing.model import OrderDocument
from domain.orders.model import OrderLine
from domain.shared.ids import DocumentId, FulfillmentId
from integrations.documents.printer import DocumentPrinter, Writing
from integrations.documents.slips import PackedLine, PackingSlip
from integrations.documents.ubl import ubl_of
from persistence.fulfillment.queries import fulfillments_by_id
from persistence.orders import queries
from persistence.orders.invoices import document_by_id, keep_print, printed
from persistence.statement import Database
from persistence.vendors.queries import vendors
from resolvers.addresses import formatted
from resolvers.money import money_text
from server.settings import Settings
from server.wiring import Parts

KEPT = "private, max-age=86400, immutable"


def printer_of(settings: Settings) -> DocumentPrinter:
    return DocumentPrinter(Writing(money_text, formatted), settings.commerce_fonts)


async def pdf_of(database: Database, printer: DocumentPrinter, document: OrderDocument) -> bytes:
    """The PDF as it was made first, whoever asks and however often."""
    if await printed(database, document.id) is None:
        made = await printer.print(document)
        await keep_print(database, document.id, made.pdf, is_archival=made.is_archival)
    pdf = await printed(database, document.id)
    assert pdf is not None, "it was kept just now"
    return pdf


def document_route(parts: Parts) -> Route:
    """GET `/documents/<id>.pdf` or `.xml`, with the signature that `OrderDocument.url` gives it."""
    printer = printer_of(parts.settings)

    async def fetch(request: Request) -> Response:
        document_id, _, form = request.path_params["name"].partition(".")
        if not _is_signed(request, parts):
            return _ended()
        document = await document_by_id(parts.pool, DocumentId(document_id))
        if document is None or form not in ("pdf", "xml"):
            return PlainTextResponse("No such document.\n", 404)
        if form == "pdf":
            return _file(await pdf_of(parts.pool, printer, document), "application/pdf", f"{document.number}.pdf")
        return _file(ubl_of(document), "application/xml", f"{document.number}.xml")

    return Route("/documents/{name}", fetch)


def slip_route(parts: Parts) -> Route:
    """GET `/packing-slips/<fulfillment id>.pdf`, with the signature that `Fulfillment.packingSlipUrl` gives it."""
    printer = printer_of(parts.settings)

    async def fetch(request: Request) -> Response:
        if not _is_signed(request, parts):
            return _ended()
        fulfillment_id = request.path_params["name"].removesuffix(".pdf")
        slip = await _slip(parts, FulfillmentId(fulfillment_id))
        if slip is None:
            return PlainTextResponse("No such packing slip.\n", 404)
        return _file((await printer.print_slip(slip)).pdf, "application/pdf", f"{fulfillment_id}.pdf")

    return Route("/packing-slips/{name}", fetch)


async def _slip(parts: Parts, fulfillment_id: FulfillmentId) -> PackingSlip | None:
    found = await fulfillments_by_id(parts.pool, [fulfillment_id])
    if not found:
        return None
    (sent,) = found
    (part,) = await queries.vendor_orders_by_id(parts.pool, [sent.vendor_order_id])
    (order,) = await queries.orders_by_id(parts.pool, [sent.order_id])
    lines = {line.id: line for line in await queries.lines_of_vendor_orders(parts.pool, [part.id])}
    (seller,) = await vendors(parts.pool, [sent.vendor_id], part.language)
    market = (await parts.services.reference.facts()).market(order.market_id)
    assert market is not None, "markets with orders are never deleted"
    return PackingSlip(
        seller=seller.name,
        to=part.shipping_address,
        order_number=part.number,
        language=part.language,
        time_zone=market.time_zone,
        packed_at=sent.shipped_at or sent.created_at,
        carrier=sent.carrier,
        lines=tuple(_packed(lines[line.order_line_id], line.quantity) for line in sent.lines),
    )


def _packed(line: OrderLine, quantity: int) -> PackedLine:
    is_wrapped = line.gift_wrap is not None
    return PackedLine(line.title, line.sku, line.snapshot.options, quantity, line.gift_message, is_wrapped)


def _is_signed(request: Request, parts: Parts) -> bool:
    until, signature = (request.query_params.get(name, "") for name in ("until", "signature"))
    services = parts.services
    return services.links.is_signed(request.url.path, until, signature, services.now())


def _ended() -> Response:
    return PlainTextResponse("This link has ended, or was never one of ours.\n", 403)


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Cache-Control": KEPT, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)
