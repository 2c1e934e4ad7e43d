"""Invoices and credit notes: one for what was sent, one for what went back, without a gap between their numbers."""

import asyncio

from domain.orders.invoicing.model import DocumentKind, DocumentLineKind, OrderDocument
from domain.orders.invoicing.usecases import issue_invoice
from persistence.orders.invoices import documents_of_orders
from tests.factories.after_sale import Sale, sold
from tests.factories.buying import Buying
from tests.factories.clock import this_year


async def documents(sale: Sale) -> list[OrderDocument]:
    return await documents_of_orders(sale.shop.pool, [sale.order_id])


async def issue(sale: Sale, part: int = 0) -> OrderDocument | None:
    (parts) = await sale.parts()
    return await issue_invoice(sale.unit_of_work(), parts[part].id, now=sale.shop.now)


async def sent(shop: Buying, quantity: int = 3) -> Sale:
    """A sale of one line, all of it on its way, with its invoice."""
    sale = await sold(shop, (await shop.offer(price=1_333), quantity))
    await sale.send(0, quantity)
    assert await issue(sale) is not None
    return sale


async def test_an_invoice_says_what_the_part_comes_to_once_all_of_it_is_sent(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=1_333), 3))
    await sale.send(0, 2)
    early = await issue(sale)
    await sale.send(0, 1)

    invoice = await issue(sale)
    again = await issue(sale)

    (part,) = await sale.parts()
    assert early is None
    assert invoice is not None
    assert again == invoice
    assert await documents(sale) == [invoice]
    assert invoice.kind is DocumentKind.INVOICE
    assert invoice.number == f"I{this_year()}-000001"
    assert invoice.total == part.totals.total
    assert invoice.taxes == part.totals.taxes
    assert [line.kind for line in invoice.lines] == [DocumentLineKind.GOODS, DocumentLineKind.DELIVERY]


async def test_the_job_that_writes_the_invoice_is_left_with_the_last_parcel(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 2))
    kinds = "SELECT entrypoint FROM queue.pgqueuer WHERE entrypoint = 'issue_invoice'"

    await sale.send(0, 1)
    before = await shop.pool.fetch(kinds)
    await sale.send(0, 1)

    assert before == []
    assert len(await shop.pool.fetch(kinds)) == 1


async def test_what_was_canceled_before_is_not_invoiced(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 3))
    (line,) = await sale.lines()
    await sale.cancel((0, 1))
    await sale.send(0, 2)

    invoice = await issue(sale)

    assert invoice is not None
    goods = invoice.lines[0]
    assert goods.quantity == 2
    assert goods.amount.gross.minor == line.total.gross.minor - round(line.total.gross.minor / 3)


async def test_m8_credit_notes_over_units_sum_to_the_invoice(shop: Buying):
    sale = await sent(shop, quantity=3)
    (part,) = await sale.parts()
    await sale.settle()
    for _ in range(3):
        await sale.refund((0, 1))
    await sale.refund(shipping=part.totals.shipping.gross.amount)

    invoice, *notes = await documents(sale)

    assert [note.kind for note in notes] == [DocumentKind.CREDIT_NOTE] * 4
    assert {note.corrects for note in notes} == {invoice.number}
    assert [note.number for note in notes] == [f"C{this_year()}-00000{number}" for number in (1, 2, 3, 4)]
    assert sum(note.total.gross.minor for note in notes) == invoice.total.gross.minor
    assert sum(note.total.tax.minor for note in notes) == invoice.total.tax.minor


async def test_an_adjustment_corrects_no_sale_and_makes_no_credit_note(shop: Buying):
    sale = await sent(shop)
    await sale.settle()

    await sale.refund(adjustment="1.00")

    assert [document.kind for document in await documents(sale)] == [DocumentKind.INVOICE]


async def test_what_is_refunded_before_the_invoice_is_left_out_of_it_and_needs_no_credit_note(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 2))
    await sale.capture()
    await sale.refund((0, 1))
    await sale.send(0, 2)

    invoice = await issue(sale)

    assert invoice is not None
    assert invoice.lines[0].quantity == 1
    assert await documents(sale) == [invoice]


async def test_o5_numbers_have_no_gap_however_many_are_issued_at_once(shop: Buying):
    offer = await shop.offer(stock=40)
    sales = [await sold(shop, (offer, 1)) for _ in range(6)]
    for sale in sales:
        await sale.send(0, 1)

    issued = await asyncio.gather(*(issue(sale) for sale in sales for _ in range(2)))

    assert sorted({invoice.number for invoice in issued if invoice}) == [
        f"I{this_year()}-00000{at}" for at in range(1, 7)
    ]


async def test_o5_a_number_that_a_failed_transaction_took_is_given_again(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 1))
    await sale.send(0, 1)
    (part,) = await sale.parts()
    async with sale.unit_of_work() as uow:
        lost = await uow.documents.next_number(part.vendor_id, f"I{this_year()}")

    invoice = await issue(sale)

    assert lost == 1
    assert invoice is not None
    assert invoice.number == f"I{this_year()}-000001"


async def test_o4_an_issued_invoice_reads_the_same_after_its_vendor_and_goods_are_renamed(shop: Buying):
    sale = await sent(shop)
    before = await documents(sale)

    await shop.pool.execute("UPDATE vendor SET name = 'Another name'")
    await shop.pool.execute("UPDATE product SET title = 'Another title'")
    await shop.pool.execute("UPDATE order_line SET title = title || '!'")

    assert await documents(sale) == before


async def test_documents_carry_who_the_vendor_is_and_its_tax_numbers_at_the_time(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 1))
    (part,) = await sale.parts()
    for number, since, until in (("DE1", "2020-01-01", "2021-01-01"), ("DE2", "2021-01-01", None)):
        await shop.pool.execute(
            "INSERT INTO tax_registration (id, vendor_id, country, scheme, number, valid_from, valid_until)"
            " VALUES ($1, $2, 'DE', 'DOMESTIC', $3, $4::text::timestamptz, $5::text::timestamptz)",
            *(f"tax_registration_{number}", part.vendor_id, number, since, until),
        )
    await shop.pool.execute("INSERT INTO legal_entity (vendor_id, name) VALUES ($1, 'Lamp Ltd')", part.vendor_id)
    await sale.send(0, 1)

    invoice = await issue(sale)

    assert invoice is not None
    assert (invoice.seller.name, invoice.seller.tax_numbers) == ("Lamp Ltd", ("DE2",))


async def test_o5_each_legal_entity_counts_its_own_documents_by_series_from_one(shop: Buying):
    offers = [await shop.offer(stock=9) for _ in range(2)]
    sales = [await sold(shop, *[(offer, 1) for offer in offers]) for _ in range(2)]
    for sale in sales:
        for line in (0, 1):
            await sale.send(line, 1)
            await issue(sale, line)
        await sale.settle()
        await sale.refund((0, 1), (1, 1))

    rows = await shop.pool.fetch("SELECT vendor_id, number FROM order_document ORDER BY vendor_id, number")
    by_vendor: dict[str, list[str]] = {}
    for row in rows:
        by_vendor.setdefault(row["vendor_id"], []).append(row["number"])

    year = this_year()
    expected = [f"C{year}-000001", f"C{year}-000002", f"I{year}-000001", f"I{year}-000002"]
    assert list(by_vendor.values()) == [expected] * 2
