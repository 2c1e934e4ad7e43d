"""The words of documents, in the languages that they can be written in."""

from collections.abc import Mapping

from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on a document beside what it is about."""

    invoice: str
    credit_note: str
    packing_slip: str
    number: str
    date: str
    order: str
    ordered: str
    corrects: str
    buyers_tax_number: str
    buyers_order: str
    due: str
    item: str
    sku: str
    quantity: str
    unit_price: str
    tax: str
    amount: str
    delivery: str
    fees: str
    net: str
    of: str
    gross: str
    rounding: str
    payable: str
    credited: str
    shipped: str
    carrier: str
    gift: str
    gift_wrap: str


ENGLISH = Words(
    invoice="Invoice",
    credit_note="Credit note",
    packing_slip="Packing slip",
    number="Number",
    date="Date",
    order="Order",
    ordered="Ordered on",
    corrects="Corrects invoice",
    buyers_tax_number="Your VAT number",
    buyers_order="Your order number",
    due="Due on",
    item="Item",
    sku="SKU",
    quantity="Quantity",
    unit_price="Unit price",
    tax="Tax",
    amount="Amount",
    delivery="Delivery",
    fees="Fees",
    net="Net",
    of="{name} {rate} on {base}",
    gross="Total",
    rounding="Rounding",
    payable="Payable",
    credited="Credited",
    shipped="Shipped on",
    carrier="Carrier",
    gift="Gift message",
    gift_wrap="Gift wrap",
)
GERMAN = Words(
    invoice="Rechnung",
    credit_note="Gutschrift",
    packing_slip="Lieferschein",
    number="Nummer",
    date="Datum",
    order="Bestellung",
    ordered="Bestellt am",
    corrects="Berichtigt Rechnung",
    buyers_tax_number="Ihre USt-IdNr.",
    buyers_order="Ihre Bestellnummer",
    due="Zahlbar bis",
    item="Artikel",
    sku="Art.-Nr.",
    quantity="Menge",
    unit_price="Einzelpreis",
    tax="Steuer",
    amount="Betrag",
    delivery="Versand",
    fees="Gebühren",
    net="Netto",
    of="{name} {rate} auf {base}",
    gross="Gesamt",
    rounding="Rundung",
    payable="Zu zahlen",
    credited="Gutgeschrieben",
    shipped="Versandt am",
    carrier="Versand durch",
    gift="Grußbotschaft",
    gift_wrap="Geschenkverpackung",
)
JAPANESE = Words(
    invoice="適格請求書",
    credit_note="適格返還請求書",
    packing_slip="納品書",
    number="番号",
    date="発行日",
    order="注文番号",
    ordered="注文日",
    corrects="対象の請求書",
    buyers_tax_number="お客様の登録番号",
    buyers_order="貴社注文番号",
    due="お支払い期限",
    item="品名",
    sku="商品コード",
    quantity="数量",
    unit_price="単価",
    tax="税率",
    amount="金額",
    delivery="送料",
    fees="手数料",
    net="税抜合計",
    of="{name} {rate}({base}に対して)",
    gross="税込合計",
    rounding="端数調整",
    payable="お支払い金額",
    credited="返金額",
    shipped="発送日",
    carrier="配送業者",
    gift="ギフトメッセージ",
    gift_wrap="ギフト包装",
)
WORDS: Mapping[str, Words] = {"en": ENGLISH, "de": GERMAN, "ja": JAPANESE}


def words_of(language: str) -> Words:
    """The words for a BCP 47 tag; English ones where the language is not among ours."""
    return WORDS.get(language.partition("-")[0], ENGLISH)
