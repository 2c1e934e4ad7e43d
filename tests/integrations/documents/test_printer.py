"""Documents on paper and as data: archival, the same bytes each time, in the language of their market."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from domain.orders.invoicing.model import (
    DocumentKind,
    DocumentLine,
    DocumentLineKind,
    LegalEntity,
    OrderDocument,
    Recipient,
)
from domain.pricing.tax import TaxLine
from domain.pricing.taxation.treatment import Treatment
from domain.shared.address import Address
from domain.shared.ids import DocumentId, OrderId, VendorId, VendorOrderId
from domain.shared.money import Money, TaxedMoney
from integrations.documents.printer import DocumentPrinter, Writing, shown, shown_slip
from integrations.documents.slips import PackedLine, PackingSlip
from integrations.documents.ubl import AGGREGATE, COMMON, ubl_of
from resolvers.addresses import formatted
from resolvers.money import money_text

WRITING = Writing(money_text, formatted)
NAMES = {"cac": AGGREGATE, "cbc": COMMON}


def make_line(gross: int, tax: int, rate: str, **changes: object) -> DocumentLine:
    amount = TaxedMoney.of_gross(gross, tax, "EUR")
    taxes = (TaxLine("VAT", "DE", Decimal(rate), amount.net, amount.tax),)
    line = DocumentLine(DocumentLineKind.GOODS, "A lamp", "LAMP-1", (("Color", "Red"),), 1, amount, amount, taxes)
    return replace(line, **changes)  # type: ignore[arg-type]


def make_invoice(**changes: object) -> OrderDocument:
    """Two goods of 19 % and 7 %, and a delivery."""
    address = Address("Hauptstraße 1", "Berlin", "DE", first_name="Ada", last_name="Lovelace", postal_code="10115")
    invoice = OrderDocument(
        id=DocumentId("document_1"),
        kind=DocumentKind.INVOICE,
        vendor_id=VendorId("vendor_1"),
        order_id=OrderId("order_1"),
        vendor_order_id=VendorOrderId("vendor_order_1"),
        series="I2026",
        number="I2026-000007",
        issued_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
        language="de",
        currency="EUR",
        time_zone="Europe/Berlin",
        prices_include_tax=True,
        seller=LegalEntity("Lampen GmbH", address, "HRB 1", "hello@example.com", ("DE123456789",)),
        buyer=Recipient(address, "ada@example.com"),
        order_number="7K3M-9QX2-5TA3",
        ordered_at=datetime(2026, 11, 19, 9, 0, tzinfo=UTC),
        lines=(
            make_line(11900, 1900, "0.19"),
            make_line(1070, 70, "0.07", title="A book", sku="BOOK-1", options=()),
            make_line(490, 78, "0.19", kind=DocumentLineKind.DELIVERY, title="DHL", sku=None, unit_price=None),
        ),
        rounding=Money(0, "EUR"),
    )
    return replace(invoice, **changes)  # type: ignore[arg-type]


async def test_an_invoice_is_archival_carries_its_data_and_is_the_same_each_time():
    printer = DocumentPrinter(WRITING)

    first, second = [await printer.print(make_invoice()) for _ in range(2)]

    assert first == second
    assert first.is_archival
    assert first.pdf.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>3</pdfaid:part>" in first.pdf
    assert b"I2026-000007.xml" in first.pdf


@pytest.mark.parametrize("name", ["山田 太郎", "Łukasz Żółć", "Αλέξανδρος", "Иван"])
async def test_names_in_the_scripts_of_our_fonts_are_archival(name: str):
    address = Address("1-1", "東京", "JP", last_name=name, postal_code="100-0001")

    made = await DocumentPrinter(WRITING).print(make_invoice(buyer=Recipient(address, "x@example.com")))

    assert made.is_archival


async def test_a_script_without_a_font_is_printed_all_the_same():
    address = Address("1", "서울", "KR", last_name="김민준", region="Seoul", postal_code="04524")

    made = await DocumentPrinter(WRITING).print(make_invoice(buyer=Recipient(address, "x@example.com")))

    assert not made.is_archival
    assert made.pdf.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("language", "title", "total", "rate"),
    [
        ("de", "Rechnung I2026-000007", "134,60\N{NO-BREAK SPACE}€", "19\N{NO-BREAK SPACE}%"),
        ("en", "Invoice I2026-000007", "€134.60", "19%"),
        ("ja", "適格請求書 I2026-000007", "€134.60", "19%"),
        ("fr", "Invoice I2026-000007", "134,60\N{NO-BREAK SPACE}€", "19\N{NO-BREAK SPACE}%"),
    ],
)
def test_words_and_amounts_are_those_of_the_orders_language(language: str, title: str, total: str, rate: str):
    page = shown(make_invoice(language=language), WRITING)

    assert page["title"] == title
    assert page["sums"][-1][1] == total
    assert page["lines"][0]["rates"] == rate


def test_the_day_is_that_of_the_markets_zone():
    page = shown(make_invoice(), WRITING)

    assert ("Datum", "21. November 2026") in page["facts"]


def test_t4_rates_keep_their_digits():
    page = shown(make_invoice(language="en", lines=(make_line(11061, 1061, "0.09975"),)), WRITING)

    assert page["lines"][0]["rates"] == "9.975%"


def test_the_data_say_the_same_as_the_document():
    invoice = make_invoice()

    root = ET.fromstring(ubl_of(invoice))

    def text(path: str) -> str | None:
        return root.findtext(path, namespaces=NAMES)

    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
    assert text("cbc:ID") == "I2026-000007"
    assert text("cbc:IssueDate") == "2026-11-21"
    assert text("cac:TaxTotal/cbc:TaxAmount") == "20.48"
    assert text("cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount") == "114.12"
    assert text("cac:LegalMonetaryTotal/cbc:PayableAmount") == "134.60"
    rates = [rate.text for rate in root.findall("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent", NAMES)]
    assert rates == ["19", "7"]
    nets = root.findall("cac:InvoiceLine/cbc:LineExtensionAmount", NAMES)
    assert sum(Decimal(net.text or "") for net in nets) == Decimal("114.12")


def test_a_discounted_line_adds_up_for_those_who_check_price_times_quantity():
    unit = TaxedMoney.of_gross(11900, 1900, "EUR")
    line = make_line(11900, 1900, "0.19", quantity=2, unit_price=unit)

    root = ET.fromstring(ubl_of(make_invoice(lines=(line,))))

    item = "cac:InvoiceLine/"
    net = root.findtext(f"{item}cbc:LineExtensionAmount", namespaces=NAMES)
    price = root.findtext(f"{item}cac:Price/cbc:PriceAmount", namespaces=NAMES)
    taken_off = root.findtext(f"{item}cac:AllowanceCharge/cbc:Amount", namespaces=NAMES)
    assert (net, price, taken_off) == ("100.00", "100.00", "100.00")


def test_a_credit_note_names_the_invoice_that_it_corrects():
    note = make_invoice(kind=DocumentKind.CREDIT_NOTE, number="C2026-000001", corrects="I2026-000007")

    root = ET.fromstring(ubl_of(note))

    assert root.tag.endswith("}CreditNote")
    named = root.findtext("cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID", namespaces=NAMES)
    assert named == "I2026-000007"


def test_t10_what_is_not_taxed_says_why():
    net = TaxedMoney.of_net(10000, 0, "EUR")
    lines = tuple(
        make_line(0, 0, "0", amount=net, unit_price=net, taxes=(), treatment=treatment)
        for treatment in (Treatment.REVERSE_CHARGE, Treatment.INTRA_COMMUNITY_SUPPLY, Treatment.EXPORT, None)
    )

    root = ET.fromstring(ubl_of(make_invoice(lines=lines)))

    shares = root.findall("cac:TaxTotal/cac:TaxSubtotal", NAMES)
    found = [
        (share.findtext("cac:TaxCategory/cbc:ID", "", NAMES), share.findtext("cbc:TaxableAmount", "", NAMES))
        for share in shares
    ]
    assert found == [("AE", "100.00"), ("K", "100.00"), ("G", "100.00"), ("O", "100.00")]


def test_control_characters_do_not_break_the_data():
    root = ET.fromstring(ubl_of(make_invoice(lines=(make_line(119, 19, "0.19", title="A\x0b lamp"),))))

    assert root.findtext("cac:InvoiceLine/cac:Item/cbc:Name", namespaces=NAMES) == "A lamp"


@pytest.mark.parametrize(("language", "name"), [("de", "Geschenkverpackung: Lampe"), ("en", "Gift wrap: Lampe")])
def test_gift_wrap_names_the_goods_in_it(language: str, name: str):
    wrap = make_line(300, 48, "0.19", kind=DocumentLineKind.GIFT_WRAP, title="Lampe", sku=None, unit_price=None)

    [line] = shown(make_invoice(language=language, lines=(wrap,)), WRITING)["lines"]

    assert (line["title"], line["unit"]) == (name, "")


def test_whoever_packs_goods_reads_that_they_are_to_be_wrapped_and_what_to_write_beside():
    lines = (
        PackedLine("Lampe", "LAMP-1", (("Farbe", "Rot"),), 1, "Alles Liebe", is_wrapped=True),
        PackedLine("Buch", "BOOK-1", (), 1),
    )
    slip = PackingSlip("A shop", None, "1001", "de", "Europe/Berlin", make_invoice().issued_at, None, lines)

    page = shown_slip(slip, WRITING)

    assert [line["details"] for line in page["lines"]] == [["Farbe: Rot", "Geschenkverpackung"], []]
    assert page["notes"] == ["Grußbotschaft: Alles Liebe"]
