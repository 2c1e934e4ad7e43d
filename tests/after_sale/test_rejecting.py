"""What a buyer gets back for a part that its vendor turns down (rule O2)."""

from datetime import timedelta

from domain.orders.rejecting.usecases import RejectVendorOrder, reject_vendor_order
from domain.shared.actor import Actor
from domain.shared.ids import ApiKeyId
from domain.shared.money import Money
from persistence.ids import new_id
from tests.factories.after_sale import Sale, sold
from tests.factories.buying import Buying


async def reject(sale: Sale, part: int) -> None:
    found = (await sale.parts())[part]
    vendor = Actor(api_key_id=ApiKeyId("api_key_vendor"), vendor_ids=frozenset({found.vendor_id}))
    act = RejectVendorOrder(found.id, "Out of stock", new_id("key"))
    await reject_vendor_order(sale.by(vendor).unit_of_work(), act)


async def totals(sale: Sale) -> list[Money]:
    """What each part comes to, with its delivery."""
    return [part.totals.total.gross for part in await sale.parts()]


async def test_o2_a_rejected_part_is_refunded_alone_and_the_rest_goes_on(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=3000), 2), (await shop.offer(price=5000), 1))
    first, second = await totals(sale)
    await sale.capture()

    await reject(sale, 0)
    await sale.settle()
    await sale.settle()

    assert await sale.refunds() == [("CANCELLATION", "SUCCEEDED", first.amount)]
    [told] = await shop.pool.fetch(
        """SELECT lines_gross_minor, shipping_gross_minor, adjustment_minor, lines_tax_minor + shipping_tax_minor,
           (SELECT sum(quantity) FROM refund_line WHERE refund_id = refund.id) FROM refund"""
    )
    part = (await sale.parts())[0].totals
    assert tuple(told) == (part.lines.gross.minor, part.shipping.gross.minor, 0, part.total.tax.minor, 2)
    assert await sale.money() == [("AUTHORIZED", (first + second).amount, (first + second).amount, first.amount)]
    assert (await sale.order()).status.value == "CONFIRMED"
    assert [part.status.value for part in await sale.parts()] == ["REJECTED", "NEW"]


async def test_o2_of_what_was_not_taken_yet_the_rejected_part_is_never_taken(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=3000), 2), (await shop.offer(price=5000), 1))
    _, second = await totals(sale)

    await reject(sale, 0)
    await sale.settle()
    await sale.send(1, 1)
    await sale.settle()

    assert await sale.refunds() == []
    assert [money[2] for money in await sale.money()] == [second.amount]


async def test_o2_an_order_all_of_whose_parts_are_rejected_is_canceled_and_paid_back_whole(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=3000), 2), (await shop.offer(price=5000), 1))
    total = sum((await totals(sale))[1:], (await totals(sale))[0])
    await sale.capture()

    for part in (0, 1):
        await reject(sale, part)
        await sale.settle()

    assert (await sale.order()).status.value == "CANCELED"
    assert [money[3] for money in await sale.money()] == [total.amount]


async def test_o2_a_part_is_to_be_accepted_within_48_hours_unless_its_vendor_has_another_limit(shop: Buying):
    patient, hasty = await shop.offer(), await shop.offer()
    await shop.pool.execute(
        "UPDATE vendor SET accept_within_hours = 6 WHERE id = (SELECT vendor_id FROM offer WHERE id = $1)", hasty
    )

    sale = await sold(shop, (patient, 1), (hasty, 1))

    limits = [part.accept_by - part.placed_at for part in await sale.parts() if part.accept_by is not None]
    assert limits == [timedelta(hours=48), timedelta(hours=6)]


async def test_o2_each_refund_tells_of_the_part_that_it_is_for_and_of_none_that_was_never_taken(shop: Buying):
    sale = await sold(
        shop, (await shop.offer(price=3000), 2), (await shop.offer(price=5000), 1), (await shop.offer(price=700), 3)
    )
    _, second, third = await totals(sale)

    await reject(sale, 0)
    await sale.settle()
    await sale.capture()
    for part in (1, 2):
        await reject(sale, part)
        await sale.settle()

    amounts = [amount for _, _, amount in await sale.refunds()]
    told = await shop.pool.fetch("SELECT order_line_id FROM refund_line ORDER BY refund_id")
    assert amounts == [second.amount, third.amount]
    assert await sale.money() == [
        ("AUTHORIZED", (second + third).amount, (second + third).amount, (second + third).amount)
    ]
    assert [row["order_line_id"] for row in told] == [line.id for line in (await sale.lines())[1:]]
