"""Invoices and credit notes: written once, read as they were."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain.orders.invoicing.model import (
    DocumentKind,
    DocumentLine,
    DocumentLineKind,
    LegalEntity,
    OrderDocument,
    Recipient,
)
from domain.orders.model import Order
from domain.pricing.model import Market
from domain.pricing.taxation.treatment import Treatment
from domain.shared.ids import DocumentId, OrderId, RefundId, VendorId, VendorOrderId
from domain.shared.money import Money, TaxedMoney
from persistence.orders.documents import address_document, address_of, tax_documents, taxes_of
from persistence.pricing.reference import Reference
from persistence.statement import Connection, Database, Record

_COLUMNS = "id, kind, vendor_id, order_id, vendor_order_id, refund_id, series, number, issued_at, content"
_OF_PART = f"SELECT {_COLUMNS} FROM order_document WHERE vendor_order_id = $1 AND kind = 'INVOICE'"  # noqa: S608
_OF_PARTS = f"SELECT {_COLUMNS} FROM order_document WHERE vendor_order_id = ANY($1::text[]) ORDER BY id"  # noqa: S608
_OF_ORDERS = f"SELECT {_COLUMNS} FROM order_document WHERE order_id = ANY($1::text[]) ORDER BY id"  # noqa: S608
_BY_ID = f"SELECT {_COLUMNS} FROM order_document WHERE id = $1"  # noqa: S608
_NEXT = """
INSERT INTO document_series (vendor_id, series, last_number) VALUES ($1, $2, 1)
ON CONFLICT (vendor_id, series) DO UPDATE SET last_number = document_series.last_number + 1
RETURNING last_number
"""
_INSERT = f"INSERT INTO order_document ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"  # noqa: S608
_LEGAL_ENTITY = """
SELECT coalesce(entity.name, vendor.name) AS name, entity.address, entity.registration, entity.email,
    ARRAY(SELECT number FROM tax_registration AS held
          WHERE held.vendor_id = vendor.id AND held.number <> ''
            AND (held.valid_from IS NULL OR held.valid_from <= $2)
            AND (held.valid_until IS NULL OR held.valid_until > $2)
          ORDER BY held.country, held.scheme, held.id) AS tax_numbers
FROM vendor LEFT JOIN legal_entity AS entity ON entity.vendor_id = vendor.id WHERE vendor.id = $1
"""
_SAVE_ENTITY = """
INSERT INTO legal_entity (vendor_id, name, address, registration, email) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (vendor_id) DO UPDATE SET name = excluded.name, address = excluded.address,
    registration = excluded.registration, email = excluded.email, updated_at = now()
"""
_FILE = "SELECT pdf FROM order_document_file WHERE document_id = $1"
_KEEP_FILE = """
INSERT INTO order_document_file (document_id, pdf, is_archival) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def documents_of_orders(database: Database, ids: Sequence[OrderId]) -> list[OrderDocument]:
    """The documents of the orders, each order's in the order of their issue."""
    return [_document(row) for row in await database.fetch(_OF_ORDERS, ids)]


async def documents_of_parts(database: Database, ids: Sequence[VendorOrderId]) -> list[OrderDocument]:
    """The documents of vendors' parts, each part's in the order of their issue."""
    return [_document(row) for row in await database.fetch(_OF_PARTS, ids)]


async def document_by_id(database: Database, document_id: DocumentId) -> OrderDocument | None:
    row = await database.fetchrow(_BY_ID, document_id)
    return None if row is None else _document(row)


async def printed(database: Database, document_id: DocumentId) -> bytes | None:
    """The document's PDF, if it was made."""
    pdf: bytes | None = await database.fetchval(_FILE, document_id)
    return pdf


async def keep_print(database: Database, document_id: DocumentId, pdf: bytes, *, is_archival: bool) -> None:
    """Keep a document's PDF; the first one stays."""
    await database.execute(_KEEP_FILE, document_id, pdf, is_archival)


class Documents:
    """Implements `domain.orders.invoicing.ports.DocumentRepository` within one transaction."""

    def __init__(self, connection: Connection, reference: Reference) -> None:
        self._connection = connection
        self._reference = reference

    async def invoice_of(self, vendor_order_id: VendorOrderId) -> OrderDocument | None:
        row = await self._connection.fetchrow(_OF_PART, vendor_order_id)
        return None if row is None else _document(row)

    async def legal_entity(self, vendor_id: VendorId, order: Order) -> LegalEntity:
        row = await self._connection.fetchrow(_LEGAL_ENTITY, vendor_id, order.placed_at)
        assert row is not None, "a part's vendor is never deleted"
        return LegalEntity(
            row["name"], address_of(row["address"]), row["registration"], row["email"], tuple(row["tax_numbers"])
        )

    async def save_legal_entity(self, vendor_id: VendorId, entity: LegalEntity) -> None:
        await self._connection.execute(
            _SAVE_ENTITY, vendor_id, entity.name, address_document(entity.address), entity.registration, entity.email
        )

    async def market_of(self, order: Order) -> Market:
        market = (await self._reference.facts()).market(order.market_id)
        assert market is not None, "markets with orders are never deleted"
        return market

    async def next_number(self, vendor_id: VendorId, series: str) -> int:
        number: int = await self._connection.fetchval(_NEXT, vendor_id, series)
        return number

    async def add(self, document: OrderDocument) -> None:
        await self._connection.execute(
            _INSERT,
            document.id,
            document.kind.value,
            document.vendor_id,
            document.order_id,
            document.vendor_order_id,
            document.refund_id,
            document.series,
            document.number,
            document.issued_at,
            _content(document),
        )


def _content(document: OrderDocument) -> dict[str, Any]:
    seller, buyer = document.seller, document.buyer
    return {
        "language": document.language,
        "currency": document.currency,
        "time_zone": document.time_zone,
        "prices_include_tax": document.prices_include_tax,
        "seller": {
            "name": seller.name,
            "address": address_document(seller.address),
            "registration": seller.registration,
            "email": seller.email,
            "tax_numbers": list(seller.tax_numbers),
        },
        "buyer": {
            "address": address_document(buyer.address),
            "email": buyer.email,
            "vat_id": buyer.vat_id,
            "name": buyer.name,
        },
        "order_number": document.order_number,
        "ordered_at": document.ordered_at.isoformat(),
        "lines": [_line_content(line) for line in document.lines],
        "rounding": document.rounding.minor,
        "wording": list(document.wording),
        "corrects": document.corrects,
        "due_on": document.due_on.isoformat() if document.due_on else None,
        "po_number": document.po_number,
    }


def _line_content(line: DocumentLine) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "title": line.title,
        "sku": line.sku,
        "options": [list(option) for option in line.options],
        "quantity": line.quantity,
        "unit_price": line.unit_price and _amounts(line.unit_price),
        "amount": _amounts(line.amount),
        "taxes": tax_documents(line.taxes),
        "treatment": line.treatment and line.treatment.value,
    }


def _document(row: Record) -> OrderDocument:
    content = row["content"]
    currency = content["currency"]
    seller, buyer = content["seller"], content["buyer"]
    return OrderDocument(
        id=DocumentId(row["id"]),
        kind=DocumentKind(row["kind"]),
        vendor_id=VendorId(row["vendor_id"]),
        order_id=OrderId(row["order_id"]),
        vendor_order_id=VendorOrderId(row["vendor_order_id"]),
        series=row["series"],
        number=row["number"],
        issued_at=row["issued_at"],
        language=content["language"],
        currency=currency,
        time_zone=content["time_zone"],
        prices_include_tax=content["prices_include_tax"],
        seller=LegalEntity(
            seller["name"],
            address_of(seller["address"]),
            seller["registration"],
            seller["email"],
            tuple(seller["tax_numbers"]),
        ),
        buyer=Recipient(address_of(buyer["address"]), buyer["email"], buyer["vat_id"], buyer.get("name")),
        order_number=content["order_number"],
        ordered_at=datetime.fromisoformat(content["ordered_at"]),
        lines=tuple(_line_of(line, currency) for line in content["lines"]),
        rounding=Money(content["rounding"], currency),
        wording=tuple(content["wording"]),
        corrects=content["corrects"],
        refund_id=RefundId(row["refund_id"]) if row["refund_id"] else None,
        due_on=date.fromisoformat(content["due_on"]) if content.get("due_on") else None,
        po_number=content.get("po_number"),
    )


def _line_of(line: Mapping[str, Any], currency: str) -> DocumentLine:
    return DocumentLine(
        DocumentLineKind(line["kind"]),
        line["title"],
        line["sku"],
        tuple((name, value) for name, value in line["options"]),
        line["quantity"],
        _taxed(line["unit_price"], currency) if line["unit_price"] else None,
        _taxed(line["amount"], currency),
        taxes_of(line["taxes"], currency),
        Treatment(line["treatment"]) if line["treatment"] else None,
    )


def _amounts(amount: TaxedMoney) -> list[int]:
    return [amount.net.minor, amount.tax.minor, amount.gross.minor]


def _taxed(parts: Sequence[int], currency: str) -> TaxedMoney:
    net, tax, gross = (Money(part, currency) for part in parts)
    return TaxedMoney(net, tax, gross)
