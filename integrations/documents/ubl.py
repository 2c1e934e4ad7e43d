"""Documents as data: UBL 2.1 invoices and credit notes with the terms of EN 16931, for the buyer's books.

https://docs.oasis-open.org/ubl/os-UBL-2.1/ and EN 16931-1:2017.
"""

from decimal import Decimal
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from domain.orders.invoicing.model import DocumentKind, DocumentLine, DocumentLineKind, LegalEntity, OrderDocument
from domain.pricing.quote import TaxLine
from domain.pricing.taxation.treatment import Treatment
from domain.shared.address import Address
from domain.shared.money import Money, sum_money

COMMON = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
AGGREGATE = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CUSTOMIZATION = "urn:cen.eu:en16931:2017"
INVOICE_CODE, CREDIT_NOTE_CODE = "380", "381"
PIECE = "C62"
DISCOUNT_CODE = "95"
STANDARD, ZERO, OUTSIDE = "S", "Z", "O"
UNTAXED = {
    Treatment.REVERSE_CHARGE: "AE",
    Treatment.INTRA_COMMUNITY_SUPPLY: "K",
    Treatment.EXPORT: "G",
    Treatment.EXEMPT: "E",
}
"""Why no tax is charged, by the codes of UNCL 5305; whatever is not named is outside the scope of tax."""


def ubl_of(document: OrderDocument) -> bytes:
    """The document as XML, UTF-8."""
    is_invoice = document.kind is DocumentKind.INVOICE
    name = "Invoice" if is_invoice else "CreditNote"
    root = ET.Element(
        f"{{urn:oasis:names:specification:ubl:schema:xsd:{name}-2}}{name}",
    )
    _text(root, "CustomizationID", CUSTOMIZATION)
    _text(root, "ID", document.number)
    _text(root, "IssueDate", document.issued_at.astimezone(ZoneInfo(document.time_zone)).date().isoformat())
    if document.due_on is not None:
        _text(root, "DueDate", document.due_on.isoformat())
    _text(root, f"{name}TypeCode", INVOICE_CODE if is_invoice else CREDIT_NOTE_CODE)
    for note in document.wording:
        _text(root, "Note", note)
    _text(root, "DocumentCurrencyCode", document.currency)
    _order(_group(root, "OrderReference"), document)
    if document.corrects is not None:
        _text(_group(_group(root, "BillingReference"), "InvoiceDocumentReference"), "ID", document.corrects)
    _seller(_group(_group(root, "AccountingSupplierParty"), "Party"), document.seller)
    _buyer(_group(_group(root, "AccountingCustomerParty"), "Party"), document)
    _taxes(root, document)
    _totals(root, document)
    for number, line in enumerate(document.lines, start=1):
        _line(root, f"{name}Line", number, line, document)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _order(reference: ET.Element, document: OrderDocument) -> None:
    """The buyer's number of the order, if they have one, and then ours beside it."""
    _text(reference, "ID", document.po_number or document.order_number)
    if document.po_number:
        _text(reference, "SalesOrderID", document.order_number)


def _seller(party: ET.Element, seller: LegalEntity) -> None:
    _address(party, seller.address)
    for number in seller.tax_numbers:
        _tax_scheme(party, number)
    entity = _group(party, "PartyLegalEntity")
    _text(entity, "RegistrationName", seller.name)
    if seller.registration:
        _text(entity, "CompanyID", seller.registration)
    if seller.email:
        _text(_group(party, "Contact"), "ElectronicMail", seller.email)


def _buyer(party: ET.Element, document: OrderDocument) -> None:
    address = document.buyer.address
    _address(party, address)
    if document.buyer.vat_id:
        _tax_scheme(party, document.buyer.vat_id)
    name = address and (address.company or " ".join(filter(None, [address.first_name, address.last_name])))
    known = document.buyer.name or name or document.buyer.email
    _text(_group(party, "PartyLegalEntity"), "RegistrationName", known)
    _text(_group(party, "Contact"), "ElectronicMail", document.buyer.email)


def _address(party: ET.Element, address: Address | None) -> None:
    if address is None:
        return
    place = _group(party, "PostalAddress")
    lines = {
        "StreetName": address.line1,
        "AdditionalStreetName": address.line2,
        "CityName": address.city,
        "PostalZone": address.postal_code,
        "CountrySubentity": address.region,
    }
    for name, value in lines.items():
        if value:
            _text(place, name, value)
    _text(_group(place, "Country"), "IdentificationCode", address.country)


def _tax_scheme(party: ET.Element, number: str) -> None:
    scheme = _group(party, "PartyTaxScheme")
    _text(scheme, "CompanyID", number)
    _text(_group(scheme, "TaxScheme"), "ID", "VAT")


def _taxes(root: ET.Element, document: OrderDocument) -> None:
    total = _group(root, "TaxTotal")
    _money(total, "TaxAmount", document.total.tax)
    for tax in document.taxes:
        share = _group(total, "TaxSubtotal")
        _money(share, "TaxableAmount", tax.base)
        _money(share, "TaxAmount", tax.amount)
        _category(share, "TaxCategory", tax, None)
    for treatment in dict.fromkeys(line.treatment for line in document.lines if not line.taxes):
        share = _group(total, "TaxSubtotal")
        untaxed = [line.amount.net for line in document.lines if not line.taxes and line.treatment is treatment]
        _money(share, "TaxableAmount", sum_money(untaxed, document.currency))
        _money(share, "TaxAmount", Money.zero(document.currency))
        _category(share, "TaxCategory", None, treatment)


def _category(parent: ET.Element, name: str, tax: TaxLine | None, treatment: Treatment | None) -> None:
    category = _group(parent, name)
    rate = tax.rate if tax else Decimal(0)
    untaxed = UNTAXED.get(treatment, OUTSIDE) if treatment else OUTSIDE
    _text(category, "ID", STANDARD if rate else ZERO if tax else untaxed)
    _text(category, "Percent", format((rate * 100).normalize(), "f"))
    _text(_group(category, "TaxScheme"), "ID", "VAT")


def _totals(root: ET.Element, document: OrderDocument) -> None:
    totals = _group(root, "LegalMonetaryTotal")
    _money(totals, "LineExtensionAmount", document.total.net)
    _money(totals, "TaxExclusiveAmount", document.total.net)
    _money(totals, "TaxInclusiveAmount", document.total.gross)
    if document.rounding.minor:
        _money(totals, "PayableRoundingAmount", document.rounding)
    _money(totals, "PayableAmount", document.payable)


def _line(root: ET.Element, name: str, number: int, line: DocumentLine, document: OrderDocument) -> None:
    item = _group(root, name)
    _text(item, "ID", str(number))
    counted = "InvoicedQuantity" if document.kind is DocumentKind.INVOICE else "CreditedQuantity"
    _text(item, counted, str(line.quantity), unitCode=PIECE)
    _money(item, "LineExtensionAmount", line.amount.net)
    discount = _unit_net(line).minor * line.quantity - line.amount.net.minor
    if discount > 0:
        allowance = _group(item, "AllowanceCharge")
        _text(allowance, "ChargeIndicator", "false")
        _text(allowance, "AllowanceChargeReasonCode", DISCOUNT_CODE)
        _money(allowance, "Amount", Money(discount, document.currency))
    goods = _group(item, "Item")
    _text(goods, "Name", _name(line))
    if line.kind is DocumentLineKind.GOODS and line.sku:
        _text(_group(goods, "SellersItemIdentification"), "ID", line.sku)
    _category(goods, "ClassifiedTaxCategory", line.taxes[0] if line.taxes else None, line.treatment)
    _money(_group(item, "Price"), "PriceAmount", _unit_net(line))


def _name(line: DocumentLine) -> str:
    if line.kind is DocumentLineKind.GIFT_WRAP:
        return f"Gift wrap: {line.title}"
    return line.title or line.kind.value.capitalize()


def _unit_net(line: DocumentLine) -> Money:
    return line.unit_price.net if line.unit_price else line.amount.net


def _group(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{AGGREGATE}}}{name}")


def _text(parent: ET.Element, name: str, value: str, **attributes: str) -> None:
    ET.SubElement(parent, f"{{{COMMON}}}{name}", attributes).text = "".join(filter(str.isprintable, value))


def _money(parent: ET.Element, name: str, amount: Money) -> None:
    _text(parent, name, amount.amount, currencyID=amount.currency)
