"""Fetching invoices and credit notes: as PDF, and as data for the buyer's books."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.orders.invoicing.model import OrderDocument
from domain.shared.ids import DocumentId
from integrations.documents.printer import DocumentPrinter, Writing
from integrations.documents.ubl import ubl_of
from persistence.orders.invoices import document_by_id, keep_print, printed
from persistence.statement import Database
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
        until, signature = (request.query_params.get(name, "") for name in ("until", "signature"))
        services = parts.services
        if not services.links.is_signed(request.url.path, until, signature, services.now()):
            return PlainTextResponse("This link has ended, or was never one of ours.\n", 403)
        document = await document_by_id(parts.pool, DocumentId(document_id))
        if document is None or form not in ("pdf", "xml"):
            return PlainTextResponse("No such document.\n", 404)
        if form == "pdf":
            return _file(await pdf_of(parts.pool, printer, document), "application/pdf", f"{document.number}.pdf")
        return _file(ubl_of(document), "application/xml", f"{document.number}.xml")

    return Route("/documents/{name}", fetch)


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Cache-Control": KEPT, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)
