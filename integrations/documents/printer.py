"""Documents as PDF, by typst: PDF/A-3 with the fonts of this folder, the same bytes for the same document.

Amounts and dates are written as the document's language and the market's time zone have them. Scripts that no font has
(ours are Latin, Greek, Cyrillic and Japanese) leave the archival form, since it forbids what it cannot show.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern, parse_pattern

from domain.orders.invoicing.model import DocumentKind, DocumentLine, DocumentLineKind, LegalEntity, OrderDocument
from domain.shared.address import Address
from domain.shared.making import dataclass
from domain.shared.money import Money
from integrations.documents.slips import PackingSlip
from integrations.documents.ubl import ubl_of
from integrations.documents.words import Words, words_of

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
FONTS = FOLDER / "fonts"
ARCHIVAL: Final = "a-3b"
LETTER_COUNTRIES = frozenset({"US", "CA", "MX"})


@dataclass(frozen=True, slots=True)
class Writing:
    """How amounts are written in a language, and the lines of an address in its country."""

    money: Callable[[Money, str], str]
    address: Callable[[Address], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Print:
    """A PDF; `is_archival` where it meets PDF/A-3b."""

    pdf: bytes
    is_archival: bool


class DocumentPrinter:
    """Prints documents, each in a thread, as `writing` has amounts and addresses.

    `fonts` is a folder of more fonts, for more scripts.
    """

    def __init__(self, writing: "Writing", fonts: Path | None = None) -> None:
        self._writing = writing
        self._fonts = [str(folder) for folder in (FONTS, fonts) if folder is not None]

    async def print(self, document: OrderDocument) -> Print:
        """The document, with its data inside."""
        page = shown(document, self._writing)
        return await asyncio.to_thread(self._print, "invoice.typ", page, document.issued_at)

    async def print_slip(self, slip: PackingSlip) -> Print:
        """What goes into a parcel, without prices."""
        return await asyncio.to_thread(self._print, "packing_slip.typ", shown_slip(slip, self._writing), slip.packed_at)

    def _print(self, template: str, page: Mapping[str, Any], at: datetime) -> Print:
        try:
            return Print(self._compile(template, page, at, is_archival=True), is_archival=True)
        except RuntimeError:
            return Print(self._compile(template, page, at, is_archival=False), is_archival=False)

    def _compile(self, template: str, page: Mapping[str, Any], at: datetime, *, is_archival: bool) -> bytes:
        import typst  # noqa: PLC0415 - the compiler, which only processes that print need

        return typst.compile(
            str(TEMPLATES / template),
            root=str(TEMPLATES),
            font_paths=self._fonts,
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=[ARCHIVAL] if is_archival else None,
            sys_inputs={"document": orjson.dumps(page).decode()},
            timestamp=int(at.timestamp()),
        )


@dataclass(frozen=True, slots=True)
class _Style:
    """How one document writes amounts, rates and dates."""

    writing: Writing
    language: str
    words: Words
    locale: Locale
    zone: ZoneInfo

    def money(self, amount: Money) -> str:
        return self.writing.money(amount, self.language)

    def place(self, address: Address | None, *, without: str = "") -> Sequence[str]:
        return [] if address is None else [line for line in self.writing.address(address) if line != without]

    def rate(self, rate: Decimal) -> str:
        text: str = _percent(self.locale).apply(rate, self.locale)
        return text

    def day(self, moment: datetime) -> str:
        return self.calendar_day(moment.astimezone(self.zone).date())

    def calendar_day(self, day: date) -> str:
        return format_date(day, "long", locale=self.locale)


def shown(document: OrderDocument, writing: Writing) -> dict[str, Any]:
    """What the template shows: words alone."""
    style = _style(document.language, document.time_zone, writing)
    words = style.words
    is_invoice = document.kind is DocumentKind.INVOICE
    title = words.invoice if is_invoice else words.credit_note
    return {
        "language": style.locale.language,
        "paper": _paper(document.buyer.address),
        "number": document.number,
        "title": f"{title} {document.number}",
        "seller": [document.seller.name, *style.place(document.seller.address, without=document.seller.name)],
        "footer": _footer(document.seller),
        "buyer": _buyer(document, style),
        "facts": _facts(document, style),
        "columns": [words.item, words.quantity, words.unit_price, words.tax, words.amount],
        "lines": [_line(line, document, style) for line in document.lines],
        "sums": _sums(document, style),
        "notes": list(document.wording),
        "data": ubl_of(document).decode(),
    }


def shown_slip(slip: PackingSlip, writing: Writing) -> dict[str, Any]:
    """What the template of packing slips shows."""
    style = _style(slip.language, slip.time_zone, writing)
    words = style.words
    facts = [
        (words.order, slip.order_number),
        (words.shipped, style.day(slip.packed_at)),
        (words.carrier, slip.carrier),
    ]
    return {
        "language": style.locale.language,
        "paper": _paper(slip.to),
        "title": words.packing_slip,
        "seller": [slip.seller],
        "footer": [slip.seller],
        "buyer": style.place(slip.to),
        "facts": [(name, value) for name, value in facts if value],
        "columns": [words.item, words.sku, words.quantity],
        "lines": [
            {
                "title": line.title,
                "details": [
                    *[f"{name}: {value}" for name, value in line.options],
                    *([words.gift_wrap] if line.is_wrapped else []),
                ],
                "sku": line.sku,
                "quantity": str(line.quantity),
            }
            for line in slip.lines
        ],
        "notes": [f"{words.gift}: {line.message}" for line in slip.lines if line.message],
    }


def _style(language: str, time_zone: str, writing: Writing) -> _Style:
    return _Style(writing, language, words_of(language), _locale(language), ZoneInfo(time_zone))


def _paper(to: Address | None) -> str:
    return "us-letter" if to is not None and to.country in LETTER_COUNTRIES else "a4"


def _buyer(document: OrderDocument, style: _Style) -> list[str]:
    """Whom it is sent to: a company by its own name, whatever the address says."""
    buyer = document.buyer
    if buyer.name is None:
        return [*style.place(buyer.address)] or [buyer.email]
    return [buyer.name, *style.place(buyer.address, without=buyer.name)]


def _facts(document: OrderDocument, style: _Style) -> list[tuple[str, str]]:
    words = style.words
    facts: list[tuple[str, str | None]] = [
        (words.number, document.number),
        (words.date, style.day(document.issued_at)),
        (words.due, style.calendar_day(document.due_on) if document.due_on else None),
        (words.order, document.order_number),
        (words.ordered, style.day(document.ordered_at)),
        (words.buyers_order, document.po_number),
        (words.corrects, document.corrects),
        (words.buyers_tax_number, document.buyer.vat_id),
    ]
    return [(name, value) for name, value in facts if value]


def _line(line: DocumentLine, document: OrderDocument, style: _Style) -> dict[str, Any]:
    words = style.words
    names = {
        DocumentLineKind.DELIVERY: words.delivery,
        DocumentLineKind.FEES: words.fees,
        DocumentLineKind.GIFT_WRAP: words.gift_wrap,
    }
    details = [f"{words.sku} {line.sku}"] if line.sku else []
    amount = line.amount.gross if document.prices_include_tax else line.amount.net
    unit = line.unit_price and (line.unit_price.gross if document.prices_include_tax else line.unit_price.net)
    return {
        "title": ": ".join(filter(None, [names.get(line.kind), line.title])),
        "details": [*details, *(f"{name}: {value}" for name, value in line.options)],
        "quantity": str(line.quantity),
        "unit": style.money(unit) if unit else "",
        "rates": ", ".join(dict.fromkeys(style.rate(tax.rate) for tax in line.taxes)),
        "amount": style.money(amount),
    }


def _sums(document: OrderDocument, style: _Style) -> list[tuple[str, str, bool]]:
    words, total = style.words, document.total
    taxes = [
        (words.of.format(name=tax.name, rate=style.rate(tax.rate), base=style.money(tax.base)), tax.amount)
        for tax in document.taxes
    ]
    sums = [(words.net, total.net), *taxes, (words.gross, total.gross)]
    if document.rounding.minor:
        sums.append((words.rounding, document.rounding))
    last = words.payable if document.kind is DocumentKind.INVOICE else words.credited
    return [*((name, style.money(amount), False) for name, amount in sums), (last, style.money(document.payable), True)]


def _footer(seller: LegalEntity) -> list[str]:
    return [line for line in (seller.name, seller.registration, *seller.tax_numbers, seller.email) if line]


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _percent(locale: Locale) -> NumberPattern:
    """With as many digits as the rate has: 19 %, and 9.975 % in Quebec."""
    pattern = parse_pattern(locale.percent_formats[None].pattern)
    pattern.frac_prec = (0, 4)
    return pattern
