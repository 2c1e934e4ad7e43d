"""An order is written whole and read back as it was."""

from domain.orders.model import OrderStatus, Paid
from domain.shared.page import PageRequest
from persistence.orders import queries
from persistence.statement import Pool
from tests.factories.orders import make_shop, place_order


async def test_an_order_is_read_back_as_it_was_placed(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)

    [order] = await queries.orders_by_id(pool, [placed.order.id])
    parts = await queries.vendor_orders_of_orders(pool, [placed.order.id])
    lines = await queries.lines_of_orders(pool, [placed.order.id])

    assert order == placed.order
    assert parts == list(placed.parts)
    assert lines == list(placed.lines)


async def test_o4_a_line_keeps_its_words_when_the_product_is_renamed(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)

    await pool.execute("UPDATE product SET title = 'Renamed', status = 'ARCHIVED'")
    await pool.execute("UPDATE variant SET title = 'Renamed', sku = 'NEW' || id")

    assert await queries.lines_by_id(pool, [placed.lines[0].id]) == [placed.lines[0]]


async def test_m2_an_order_of_three_billion_is_stored_unchanged(pool: Pool):
    shop = await make_shop(pool)
    await pool.execute("UPDATE stock_level SET on_hand = 3000000")
    placed = await place_order(pool, shop, sold=[(0, 0, 3_000_000)])

    [order] = await queries.orders_by_id(pool, [placed.order.id])

    assert order.totals.total.gross.minor == 3_570_000_490


async def test_orders_of_a_vendor_are_its_parts_newest_first(pool: Pool):
    shop = await make_shop(pool)
    placed = [await place_order(pool, shop) for _ in range(3)]

    async def count() -> int:
        return await queries.count_of_vendor(pool, shop.sellers[0].id, statuses=None)

    page = await queries.orders_of_vendor(pool, shop.sellers[0].id, PageRequest(first=2), statuses=None, count=count)
    rest = await queries.orders_of_vendor(
        pool, shop.sellers[0].id, PageRequest(first=2, after=page.page_info.end_cursor), statuses=None, count=count
    )

    assert [part.id for part in [*page.nodes, *rest.nodes]] == [item.parts[0].id for item in reversed(placed)]
    assert (page.page_info.has_next_page, rest.page_info.has_next_page) == (True, False)
    assert await page.count() == 3


async def test_paging_backward_gives_the_same_order(pool: Pool):
    shop = await make_shop(pool)
    placed = [await place_order(pool, shop) for _ in range(3)]

    page = await queries.orders_of_staff(pool, PageRequest(last=2), query=None, statuses=None)

    assert [order.id for order in page.nodes] == [placed[1].order.id, placed[0].order.id]
    assert page.page_info.has_previous_page


async def test_staff_finds_an_order_by_number_email_and_status(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, number="A1B2", email="grace@example.com")
    await place_order(pool, shop)

    async def found(query: str | None, *statuses: OrderStatus) -> list[str]:
        page = await queries.orders_of_staff(pool, PageRequest(), query=query, statuses=statuses or None)
        return [order.id for order in page.nodes]

    assert await found("a1b2") == [placed.order.id]
    assert await found("Grace@Example.com") == [placed.order.id]
    assert await found("a1b2", OrderStatus.CANCELED) == []
    assert len(await found(None, OrderStatus.CONFIRMED)) == 2


async def test_o3_what_is_paid_is_the_sum_over_the_payments(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)
    for attempt, (state, authorized, captured) in enumerate(
        [("AUTHORIZED", 500, 200), ("AUTHORIZED", 300, 0), ("VOIDED", 0, 0), ("FAILED", 0, 0)]
    ):
        await _pay(pool, placed.order.checkout_id, placed.order.id, attempt, state, authorized, captured)

    paid = await queries.paid_of_orders(pool, [placed.order.id])

    assert paid == {placed.order.id: Paid(authorized=800, captured=200, refunded=0, voided=1000)}


async def _pay(pool: Pool, checkout_id: str, order_id: str, attempt: int, state: str, authorized: int, captured: int):
    await pool.execute(
        """INSERT INTO tender (id, checkout_id, kind, method_id, currency) VALUES ($1, $2, 'CARD', 'card', 'EUR')""",
        f"tender_{attempt}",
        checkout_id,
    )
    await pool.execute(
        """INSERT INTO payment (id, checkout_id, tender_id, order_id, attempt, kind, gateway, gateway_key, state,
        currency, amount_minor, authorized_minor, captured_minor)
        VALUES ($1, $2, $3, $4, $5, 'CARD', 'test', $1, $6, 'EUR', 1000, $7, $8)""",
        f"payment_{attempt}",
        checkout_id,
        f"tender_{attempt}",
        order_id,
        attempt,
        state,
        authorized,
        captured,
    )
