"""What vendors do runs as that vendor: a use case that forgets to ask whose it is reaches nothing of others."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg
import pytest

from domain.fulfillment.following.usecases import UpdateFulfillment, update_fulfillment
from domain.fulfillment.model import FulfillmentLine, FulfillmentState
from domain.fulfillment.usecases import CreateFulfillment, create_fulfillment
from domain.inventory.adjustment import Change
from domain.inventory.usecases import AdjustStock, adjust_stock
from domain.orders.model import VendorOrderStatus
from domain.orders.rejecting.usecases import RejectVendorOrder, reject_vendor_order
from domain.orders.usecases import AcceptVendorOrder, accept_vendor_order
from domain.pricing.offer import OfferCondition
from domain.pricing.usecases import UpsertOffer, upsert_offer
from domain.returns.model import ReceivedUnits, ReturnState
from domain.returns.usecases import DecideReturn, decide_return
from domain.shared.errors import Refused
from domain.shared.ids import FulfillmentId, OfferId, ReturnId, VariantId
from domain.shared.money import Money
from persistence.ids import new_id
from persistence.row_security import ISOLATED
from persistence.statement import Pool
from persistence.unit_of_work import PostgresUnitOfWork
from schema.root import schema
from tests.database import StatementLog
from tests.factories.clock import present
from tests.factories.listening import make_listener
from tests.factories.orders import Placed, Shop, make_shop, make_variant, place_order, staff, unit_of_work

type Act = Callable[[PostgresUnitOfWork, Shop, Placed], Awaitable[Any]]


async def accept(uow: PostgresUnitOfWork, _shop: Shop, placed: Placed) -> Any:
    return await accept_vendor_order(uow, AcceptVendorOrder(placed.parts[0].id, new_id("key")))


async def send(uow: PostgresUnitOfWork, shop: Shop, placed: Placed) -> Any:
    lines = (FulfillmentLine(placed.lines[0].id, 1),)
    command = CreateFulfillment(placed.parts[0].id, shop.sellers[0].warehouse_id, lines, (), new_id("key"))
    return await create_fulfillment(uow, command, now=present())


async def adjust(uow: PostgresUnitOfWork, shop: Shop, _placed: Placed) -> Any:
    seller = shop.sellers[0]
    command = AdjustStock(seller.offers[0], seller.warehouse_id, Change(delta=-1), "count", new_id("key"))
    return await adjust_stock(uow, command)


async def reject(uow: PostgresUnitOfWork, _shop: Shop, placed: Placed) -> Any:
    return await reject_vendor_order(uow, RejectVendorOrder(placed.parts[0].id, "Sold out", new_id("key")))


async def deliver(uow: PostgresUnitOfWork, shop: Shop, placed: Placed) -> Any:
    """What the vendor itself has sent before."""
    sent = await fulfillment_of(uow._pool, shop, placed)
    act = UpdateFulfillment(sent, FulfillmentState.FAILED, (), None, new_id("key"))
    return await update_fulfillment(uow, act, now=present())


async def fulfillment_of(pool: Pool, shop: Shop, placed: Placed) -> FulfillmentId:
    """What the first seller has sent, once however often it is asked for."""
    known: FulfillmentId | None = await pool.fetchval("SELECT id FROM fulfillment")
    return known or (await send(unit_of_work(pool, shop.sellers[0].actor), shop, placed)).id


async def sell(uow: PostgresUnitOfWork, shop: Shop, _placed: Placed) -> Any:
    """On new terms what the vendor sells already."""
    return await upsert_offer(uow, await upsert(uow, shop, shop.sellers[0].offers[0]), market_id=shop.market_id)


async def upsert(uow: PostgresUnitOfWork, shop: Shop, offer_id: OfferId) -> UpsertOffer:
    variant_id = await uow._pool.fetchval("SELECT variant_id FROM offer WHERE id = $1", offer_id)
    return UpsertOffer(shop.sellers[0].id, VariantId(variant_id), OfferCondition.NEW, Money(999, "EUR"))


async def take_back(uow: PostgresUnitOfWork, shop: Shop, placed: Placed) -> Any:
    """What a buyer was allowed to return to the vendor, into stock again."""
    return_id = await uow._pool.fetchval("SELECT id FROM order_return")
    came = (ReceivedUnits(placed.lines[0].id, 1, "as new", shop.sellers[0].warehouse_id),)
    command = DecideReturn(ReturnId(return_id), ReturnState.RECEIVED, came, None, new_id("key"))
    return await decide_return(uow, command, now=present())


async def allow_return(pool: Pool, placed: Placed) -> None:
    """The first unit of the first seller arrived, and may come back."""
    line = placed.lines[0]
    await pool.execute(
        "UPDATE order_line SET fulfilled = 1, delivered = 1, return_requested = 1 WHERE id = $1", line.id
    )
    return_id = new_id("return")
    await pool.execute(
        "INSERT INTO order_return (id, order_id, vendor_order_id, vendor_id, state, is_withdrawal, requested_at)"
        " VALUES ($1, $2, $3, $4, 'APPROVED', false, $5)",
        *(return_id, line.order_id, line.vendor_order_id, line.vendor_id, present()),
    )
    await pool.execute(
        "INSERT INTO order_return_line (order_return_id, order_line_id, position, quantity, reason)"
        " VALUES ($1, $2, 0, 1, 'Broken')",
        *(return_id, line.id),
    )


ACTS: Mapping[str, tuple[Act, str]] = {
    "accept": (accept, "domain.orders.usecases.is_own"),
    "reject": (reject, "domain.orders.rejecting.usecases.is_own"),
    "send": (send, "domain.fulfillment.usecases.may_send"),
    "deliver": (deliver, "domain.fulfillment.following.usecases.may_send"),
    "adjust": (adjust, "domain.inventory.usecases._may_adjust"),
    "sell": (sell, "domain.pricing.usecases._may_sell"),
    "take_back": (take_back, "domain.returns.usecases.may_decide"),
}
"""What a vendor does with rows of the first seller, and where the use case asks whether it may."""

STATUSES = {"accept": VendorOrderStatus.NEW, "reject": VendorOrderStatus.NEW}


async def world(pool: Pool, name: str) -> tuple[Shop, Placed]:
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=STATUSES.get(name, VendorOrderStatus.ACCEPTED))
    if name == "deliver":
        await fulfillment_of(pool, shop, placed)
    if name == "take_back":
        await allow_return(pool, placed)
    return shop, placed


async def everything(pool: Pool) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables that vendors write to."""
    return {
        table: [tuple(row) for row in await pool.fetch(f'SELECT * FROM "{table}" ORDER BY 1')] for table in ISOLATED
    }


@pytest.mark.parametrize("name", ACTS)
async def test_v8_a_use_case_that_forgets_its_check_still_changes_nothing_of_another_vendor(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, name: str
):
    act, check = ACTS[name]
    shop, placed = await world(pool, name)
    before = await everything(pool)
    monkeypatch.setattr(check, lambda *_: True)

    with pytest.raises((Refused, asyncpg.InsufficientPrivilegeError)):
        await act(unit_of_work(pool, shop.sellers[1].actor), shop, placed)

    assert await everything(pool) == before


@pytest.mark.parametrize("name", ACTS)
async def test_without_the_confinement_a_forgotten_check_would_be_all_that_is_needed(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, name: str
):
    act, check = ACTS[name]
    shop, placed = await world(pool, name)
    before = await everything(pool)
    monkeypatch.setattr(check, lambda *_: True)

    await act(unit_of_work(pool, staff()), shop, placed)

    assert await everything(pool) != before


async def test_v8_sql_in_a_vendors_unit_of_work_reaches_its_own_rows_alone(pool: Pool):
    shop, _ = await world(pool, "send")
    ours, theirs = shop.sellers

    async with unit_of_work(pool, ours.actor) as uow:
        connection = uow.connection
        seen = await connection.fetch("SELECT vendor_id FROM order_line UNION ALL SELECT vendor_id FROM vendor_order")
        changed = await connection.execute("UPDATE stock_level SET on_hand = 0, allocated = 0")
        await uow.commit()

    assert {row["vendor_id"] for row in seen} == {ours.id}
    assert changed == f"UPDATE {len(ours.offers)}"
    assert await pool.fetchval("SELECT min(on_hand) FROM stock_level WHERE offer_id = ANY($1)", theirs.offers) == 100


async def test_v8_a_vendors_event_cannot_be_recorded_as_anothers(pool: Pool):
    shop, _ = await world(pool, "adjust")
    theirs = shop.sellers[1]

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match='row-level security policy for table "event"'):
        async with unit_of_work(pool, shop.sellers[0].actor) as uow:
            await uow.connection.execute(
                "INSERT INTO event (id, type, subject_id, sequence, vendor_id) VALUES ('e', 'SALE', '', 1, $1)",
                theirs.id,
            )


MUTATIONS = {
    "accept": "mutation($input: VendorOrderAcceptInput!) { vendorOrderAccept(input: $input) { errors { code } } }",
    "reject": "mutation($input: VendorOrderRejectInput!) { vendorOrderReject(input: $input) { errors { code } } }",
    "deliver": "mutation($input: FulfillmentUpdateInput!) { fulfillmentUpdate(input: $input) { errors { code } } }",
    "send": "mutation($input: FulfillmentCreateInput!) { fulfillmentCreate(input: $input) { errors { code } } }",
    "adjust": "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { errors { code } } }",
    "sell": "mutation($input: OfferUpsertInput!) { offerUpsert(input: $input) { errors { code } } }",
}


async def inputs(pool: Pool, name: str, shop: Shop, placed: Placed) -> dict[str, Any]:
    seller, key = shop.sellers[0], {"idempotencyKey": new_id("key")}
    line = {"orderLineId": placed.lines[0].id, "quantity": 1}
    given: dict[str, dict[str, Any]] = {
        "accept": {"id": placed.parts[0].id, **key},
        "reject": {"id": placed.parts[0].id, "reason": "Sold out", **key},
        "send": {"vendorOrderId": placed.parts[0].id, "warehouseId": seller.warehouse_id, "lines": [line], **key},
        "adjust": {"offerId": seller.offers[0], "warehouseId": seller.warehouse_id, "delta": 1, "reason": "x", **key},
        "sell": {
            "vendorId": seller.id,
            "variantId": await make_variant(pool),
            "price": {"amountMinor": 999, "currency": "EUR"},
        },
    }
    if name == "deliver":
        return {"id": await fulfillment_of(pool, shop, placed), "state": "DELIVERED", **key}
    return given[name]


@pytest.mark.parametrize("name", MUTATIONS)
async def test_v8_every_mutation_of_a_vendor_is_confined_at_the_cost_of_one_statement(
    pool: Pool, statement_log: StatementLog, name: str
):
    shop, placed = await world(pool, name)
    vendor = make_listener(statement_log.pool, shop.sellers[0].actor)
    variables = {"input": await inputs(pool, name, shop, placed)}
    context = await vendor.context()

    async with statement_log.count() as statements:
        answer = await schema.execute(MUTATIONS[name], variable_values=variables, context_value=context)

    transactions = [text for text in statements if text.startswith("BEGIN")]
    confining = [text for text in statements if "commerce_vendor" in text]
    assert (answer.errors, list((answer.data or {}).values())) == (None, [{"errors": []}])
    assert len(transactions) == len(confining) == 1
    assert statements.index(confining[0]) == statements.index(transactions[0]) + 1


async def test_what_shoppers_and_staff_do_is_not_confined(pool: Pool, statement_log: StatementLog):
    shop, placed = await world(pool, "send")
    member = make_listener(statement_log.pool, staff("orders:write"))
    variables = {"input": await inputs(pool, "send", shop, placed)}
    context = await member.context()

    async with statement_log.count() as statements:
        answer = await schema.execute(MUTATIONS["send"], variable_values=variables, context_value=context)

    assert (answer.errors, list((answer.data or {}).values())) == (None, [{"errors": []}])
    assert not any("commerce_vendor" in text for text in statements)
