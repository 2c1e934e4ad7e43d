"""What becomes of gift wrap once an order stands: canceled, refunded, returned, captured and invoiced with its line."""

from contextlib import suppress
from random import Random

import pytest

from domain.orders.invoicing.model import DocumentLineKind
from domain.pricing.wrapping.model import GiftWrapPer
from domain.shared.errors import Refused
from domain.shared.ids import OfferId
from integrations.documents.ubl import ubl_of
from persistence.orders.invoices import documents_of_orders
from server.doctor import findings
from tests.after_sale.returning import brought_back, deliver, in_days
from tests.after_sale.test_any_order import ACTS, BOOKS, act
from tests.after_sale.test_documents import documents, issue
from tests.factories.after_sale import Sale
from tests.factories.buying import Buying

UNIT, LINE = GiftWrapPer.UNIT, GiftWrapPer.LINE
WRAP = """
INSERT INTO gift_wrap (vendor_id, currency, per, price_minor) SELECT vendor_id, 'EUR', $2, $3 FROM offer WHERE id = $1
"""


async def sold_wrapped(
    shop: Buying, *lines: tuple[OfferId, int], per: GiftWrapPer, price: int = 250, token: str = "tok_ok"
) -> Sale:
    """An order whose lines are wrapped, for 2.50 each time."""
    for offer, _ in lines:
        await shop.pool.execute(WRAP, offer, per.value, price)
    cart = await shop.cart(*lines)
    await shop.pool.execute("UPDATE cart_line SET gift_wrap = true")
    checkout_id = await shop.start(cart)
    await shop.tell(checkout_id)
    await shop.tender(checkout_id, token)
    done = await shop.complete(checkout_id)
    assert done.order_id is not None
    return Sale(shop, done.order_id)


async def assert_books_are_right(sale: Sale) -> None:
    async with sale.shop.pool.acquire() as connection:
        found = [str(finding) for finding in await findings(connection) if finding.check in BOOKS]
    assert found == []


async def test_m10_wrap_is_a_fee_of_the_order_and_of_its_vendor(shop: Buying):
    first, second = await shop.offer(price=2_000), await shop.offer(price=5_000)
    sale = await sold_wrapped(shop, (first, 2), (second, 1), per=UNIT)

    order, parts = await sale.order(), await sale.parts()

    assert order.totals.fees.gross.minor == 750
    assert order.totals.total == order.totals.lines + order.totals.shipping + order.totals.fees
    assert sorted(part.totals.fees.gross.minor for part in parts) == [250, 500]
    assert [line.gift_wrap and line.gift_wrap.price.gross.minor for line in await sale.lines()] == [500, 250]
    await assert_books_are_right(sale)


@pytest.mark.parametrize(("per", "amounts"), [(UNIT, [2_250, 2_250, 2_250]), (LINE, [2_000, 2_000, 2_250])])
async def test_m8_wrap_is_refunded_with_units(shop: Buying, per: GiftWrapPer, amounts: list[int]):
    sale = await sold_wrapped(shop, (await shop.offer(price=2_000), 3), per=per)
    await sale.capture()

    for _ in amounts:
        await sale.refund((0, 1))

    refunds = await shop.pool.fetch("SELECT amount_minor, fees_gross_minor FROM refund ORDER BY id")
    assert [row["amount_minor"] for row in refunds] == amounts
    assert [row["fees_gross_minor"] for row in refunds] == [amount - 2_000 for amount in amounts]
    await assert_books_are_right(sale)


async def test_wrap_is_canceled_with_units_and_with_the_last_of_the_order_once(shop: Buying):
    sale = await sold_wrapped(shop, (await shop.offer(price=2_000), 2), (await shop.offer(price=5_000), 1), per=UNIT)
    await sale.capture()

    await sale.cancel((0, 1))
    first = (await sale.order()).canceled.minor
    await sale.cancel()

    order = await sale.order()
    assert first == 2_250
    assert order.canceled == order.totals.total.gross
    assert [state for _, state, _ in await sale.refunds()] == ["SUCCEEDED", "SUCCEEDED"]
    assert sum(int(amount.replace(".", "")) for _, _, amount in await sale.refunds()) == order.totals.total.gross.minor
    await assert_books_are_right(sale)


async def test_the_wrap_of_a_vendors_part_goes_with_the_part(shop: Buying):
    sale = await sold_wrapped(shop, (await shop.offer(price=2_000), 2), (await shop.offer(price=5_000), 1), per=LINE)
    at = next(at for at, part in enumerate(await sale.parts()) if part.totals.lines.gross.minor == 5_000)

    await sale.cancel(part=at)

    gone = (await sale.parts())[at].totals
    assert (await sale.order()).canceled == gone.total.gross
    assert gone.fees.gross.minor == 250
    await assert_books_are_right(sale)


async def wrapped_and_delivered(shop: Buying, per: GiftWrapPer, quantity: int = 2) -> Sale:
    sale = await sold_wrapped(shop, (await shop.offer(price=1_000), quantity), per=per)
    await sale.send(0, quantity)
    await deliver(sale)
    await sale.settle()
    return sale


@pytest.mark.parametrize(("per", "amounts"), [(UNIT, ["12.50", "17.40"]), (LINE, ["10.00", "17.40"])])
async def test_o7_a_withdrawal_gives_back_the_wrap_of_what_comes_back(
    shop: Buying, per: GiftWrapPer, amounts: list[str]
):
    sale = await wrapped_and_delivered(shop, per)

    await brought_back(sale, (0, 1))
    await brought_back(sale, (0, 1))

    assert [amount for _, _, amount in await sale.refunds()] == amounts
    await assert_books_are_right(sale)


async def test_a_return_out_of_goodwill_does_not_pay_for_wrap_that_was_done(shop: Buying):
    await shop.pool.execute("UPDATE market SET return_days = 30")
    sale = in_days(await wrapped_and_delivered(shop, UNIT), 20)

    done = await brought_back(sale, (0, 2))

    [line] = await sale.lines()
    assert not done.is_withdrawal
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "20.00")]
    assert line.gift_wrap is not None
    assert line.gift_wrap.left == 500
    await assert_books_are_right(sale)


@pytest.mark.parametrize(("per", "taken"), [(UNIT, 490 + 2_250), (LINE, 490 + 2_250)])
async def test_wrap_is_captured_with_the_first_units_that_are_sent(shop: Buying, per: GiftWrapPer, taken: int):
    sale = await sold_wrapped(shop, (await shop.offer(price=2_000), 2), per=per)

    await sale.send(0, 1)
    await sale.settle()

    assert [captured for _, _, captured, _ in await sale.money()] == [f"{taken / 100:.2f}"]


async def test_an_invoice_lists_wrap_beside_its_goods_and_a_credit_note_takes_it_back(shop: Buying):
    sale = await sold_wrapped(shop, (await shop.offer(price=1_000), 2), per=LINE)
    await sale.send(0, 2)
    invoice = await issue(sale)
    await sale.settle()
    await sale.refund((0, 2))

    _, note = await documents(sale)

    assert invoice is not None
    kinds = [DocumentLineKind.GOODS, DocumentLineKind.GIFT_WRAP, DocumentLineKind.DELIVERY]
    assert [line.kind for line in invoice.lines] == kinds
    assert invoice.total == (await sale.parts())[0].totals.total
    assert invoice.taxes == (await sale.parts())[0].totals.taxes
    assert [line.kind for line in note.lines] == kinds[:2]
    assert note.lines == invoice.lines[:2]
    assert b"Gift wrap: " in ubl_of(invoice)
    assert await documents_of_orders(shop.pool, [sale.order_id]) == [invoice, note]


async def test_what_went_back_before_is_not_invoiced(shop: Buying):
    sale = await sold_wrapped(shop, (await shop.offer(price=1_000), 3), per=UNIT)
    await sale.cancel((0, 1))
    await sale.send(0, 2)

    invoice = await issue(sale)

    assert invoice is not None
    assert [line.amount.gross.minor for line in invoice.lines] == [2_000, 500, 490]


@pytest.mark.parametrize("per", [UNIT, LINE])
@pytest.mark.parametrize("seed", range(3))
async def test_m8_no_sequence_of_acts_breaks_the_books_of_wrapped_goods(shop: Buying, seed: int, per: GiftWrapPer):
    offers = [await shop.offer(price=2_000, stock=10), await shop.offer(price=5_000, stock=10)]
    sale = await sold_wrapped(shop, (offers[0], 4), (offers[1], 3), per=per, price=333)
    chance = Random(f"{seed} {per.value}")

    for _ in range(ACTS):
        with suppress(Refused):
            await act(sale, chance)
    await sale.settle()

    await assert_books_are_right(sale)
