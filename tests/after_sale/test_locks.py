"""Locks: always in one order, and none of them held while anybody outside is asked (rule I4)."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from domain.checkout.awaiting.usecases import expire_unpaid
from domain.checkout.observing.usecases import observe_payment
from domain.checkout.settling.usecases import close_expired, resume
from domain.orders.covering.usecases import look_after_authorization
from domain.payments.forgetting.usecases import ForgetMethod, forget_method
from domain.returns.model import ReturnState
from domain.shared.ids import CheckoutId, OfferId, OrderId, PaymentId, StoredMethodId
from persistence.ids import new_id
from tests.after_sale.returning import ask, decide, deliver, settled, warehouse_of
from tests.after_sale.test_canceling import customer
from tests.database import StatementLog
from tests.factories.after_sale import Sale
from tests.factories.balances import euros, gift_card
from tests.factories.buying import Buying, outcomes
from tests.factories.promotions import promote
from tests.factories.refusals import problems_of
from tests.factories.watching import Watched

RANKS = {
    "idempotency": 0,
    "cart": 1,
    "checkout": 2,
    "stock_level": 3,
    "coupon_code": 4,
    "promotion": 5,
    "balance": 6,
    "order": 7,
}
"""What the rule orders; a coupon is a promotion with codes of its own, or with one."""
GIVEN_BACK = frozenset({"coupon_code", "promotion", "balance"})
"""What an order that ends gives back under its own lock, as these rows are wanted most: nobody who holds one of them
waits for an order that can end so."""
ENDINGS = frozenset({"cancellation", "cancellation of all", "part", "return", "refund"})
UPDATED = re.compile(r'UPDATE "?(\w+)"?(?: \w+)? SET')
CLAIMED = re.compile(r"INSERT INTO (idempotency)\b")
LOCKED = re.compile(r"FOR (?:NO KEY )?UPDATE(?: OF (\w+))?")
FIRST_TABLE = r'\bFROM "?(\w+)"?'
TABLE_CALLED = r'\b(?:FROM|JOIN) "?(\w+)"? (?:AS )?{}\b'


def locked_tables(sql: str) -> list[str]:
    """The tables of which a statement locks rows, as they stand in it."""
    text = " ".join(sql.split())
    found = [(match.start(), match[1]) for pattern in (UPDATED, CLAIMED) for match in pattern.finditer(text)]
    for match in LOCKED.finditer(text):
        table = TABLE_CALLED.format(match[1]) if match[1] else FIRST_TABLE
        found += [(match.start(), found[1]) for found in re.finditer(table, own_part(text[: match.start()]))][:1]
    return [table for _, table in sorted(found)]


def own_part(text: str) -> str:
    """What precedes the end of a text on its own level of parentheses, without what stands in deeper ones."""
    depth, kept = 0, list[str]()
    for character in reversed(text):
        depth += {")": 1, "(": -1}.get(character, 0)
        if depth < 0:
            break
        if depth == 0:
            kept.append(character)
    return "".join(reversed(kept))


def transactions(statements: Sequence[str]) -> list[list[str]]:
    """Of each transaction that was committed, the ranked tables in the order of their first lock."""
    found, running = list[list[str]](), list[str]()
    for sql in statements:
        if sql.startswith(("BEGIN", "ROLLBACK")):
            running = []
        elif sql.startswith("COMMIT"):
            found.append(running)
        else:
            running = list(dict.fromkeys([*running, *[table for table in locked_tables(sql) if table in RANKS]]))
    return found


def without_what_is_given_back(tables: list[str]) -> list[str]:
    ends = tables.index("order") if "order" in tables else len(tables)
    return [table for at, table in enumerate(tables) if at < ends or table not in GIVEN_BACK]


async def life_of_an_order(shop: Buying) -> AsyncIterator[str]:
    """What buyers, staff, vendors and jobs do with a purchase by code, gift card and card; each act by its name."""
    await promote(shop, code="FEW", usage_limit=5, per_customer_limit=2)
    gift = await gift_card(shop, euros(10_00))
    offers: list[OfferId] = [await shop.offer(stock=9) for _ in range(3)]
    cart = await shop.cart(*[(offer, 1) for offer in offers], codes=["FEW"])
    await shop.add(cart, *[(offer, 2) for offer in reversed(offers)])
    yield "cart"
    checkout = await shop.start(await shop.cart(*[(offer, 3) for offer in reversed(offers)], codes=["FEW"]))
    await shop.tell(checkout)
    await shop.tender(checkout)
    await shop.tender(checkout, code=gift.code)
    yield "checkout"
    done = await shop.complete(checkout)
    assert done.order_id is not None
    sale = Sale(shop, done.order_id)
    yield "completion"
    await sale.cancel((0, 1), (2, 1))
    yield "cancellation"
    await sale.capture("30")
    yield "capture"
    await sale.send(0, 1)
    await sale.send(1, 2)
    await deliver(sale)
    await sale.settle()
    yield "sending"
    await sale.refund((1, 1), adjustment="1")
    yield "refund"
    item = await ask(sale, (0, 1))
    await decide(sale, item, ReturnState.APPROVED)
    await decide(sale, item, ReturnState.RECEIVED, (0, 1), restock_to=await warehouse_of(sale, 0))
    await settled(sale, item)
    yield "return"
    await sale.cancel(part=2)
    await sale.settle()
    yield "part"
    expired = await shop.start(await shop.cart((offers[0], 1)))
    await close_expired(shop.later(hours=2).unit_of_work(), expired, now=shop.later(hours=2).now)
    yield "expiry"
    whole = await shop.complete(await shop.ready((offers[0], 1)))
    assert whole.order_id is not None
    await Sale(shop, whole.order_id).cancel()
    yield "cancellation of all"
    async for act in what_comes_late(shop):
        yield act


async def what_comes_late(shop: Buying) -> AsyncIterator[str]:
    """An answer that was lost, a buyer who has to approve, money that comes days later, and a method that is kept."""
    lost = await shop.ready((await shop.offer(), 1), token="tok_failing")
    await problems_of(shop.complete(lost))
    late = shop.later(hours=2)
    await resume(late.unit_of_work(), await payment_of(shop), late.around)
    yield "lost answer"
    await shop.complete(await shop.ready((await shop.offer(), 1), token="tok_action"))
    await observe_payment(shop.unit_of_work(), await payment_of(shop), shop.around)
    yield "approval"
    await shop.complete(await shop.ready((await shop.offer(), 1), token="tok_pending"))
    (pending,) = [held for held in await shop.authorizations() if held["status"] == "pending"]
    await shop.gateway._post(f"/authorizations/{pending['id']}/settle", {"result": "succeeded"})
    await observe_payment(shop.unit_of_work(), await payment_of(shop), shop.around)
    yield "debit"
    mine = replace(shop, actor=await customer(shop))
    keeping = await mine.start(await mine.cart((await mine.offer(), 2)))
    await mine.tell(keeping)
    await mine.tender(keeping, saves=True)
    kept = await mine.complete(keeping)
    assert kept.order_id is not None
    sale = Sale(mine, kept.order_id)
    await sale.send(0, 1)
    await look_after_authorization(sale.unit_of_work(), await sale.payment_id(), sale.around)
    yield "hold that ends"
    stored = StoredMethodId(await shop.pool.fetchval("SELECT id FROM stored_method"))
    await forget_method(mine.unit_of_work(), ForgetMethod(stored), mine.around.gateways)
    yield "forgotten method"


async def payment_of(shop: Buying) -> PaymentId:
    return PaymentId(await shop.pool.fetchval("SELECT id FROM payment ORDER BY id DESC LIMIT 1"))


async def test_i4_locks_are_taken_in_one_order(shop: Buying, statement_log: StatementLog):
    counted = replace(shop, pool=statement_log.pool)
    life = life_of_an_order(counted)
    seen: dict[str, list[list[str]]] = {}
    while True:
        async with statement_log.count() as statements:
            act = await anext(life, None)
        if act is None:
            break
        seen[act] = transactions(statements)

    for act, taken in seen.items():
        for tables in taken:
            taking = without_what_is_given_back(tables) if act in ENDINGS else tables
            assert taking == sorted(taking, key=RANKS.__getitem__), f"{act}: {taken}"
    together = {table for taken in seen.values() for tables in taken if len(tables) > 1 for table in tables}
    assert together == set(RANKS)
    assert ["idempotency", "cart", "checkout", "stock_level"] in seen["checkout"]
    assert any({"stock_level", "order"} <= set(tables) for tables in seen["cancellation"])


def test_i4_locks_are_found_in_statements():
    """The test above sees nothing if this does not."""
    assert locked_tables('SELECT * FROM "order" WHERE id IN (SELECT order_id FROM line) ORDER BY id FOR UPDATE') == [
        "order"
    ]
    nested = (
        "WITH a AS (SELECT 1 FROM stock_level s WHERE (x) IN (SELECT y FROM z) ORDER BY 1 FOR UPDATE) UPDATE cart SET b"
    )
    assert locked_tables(nested) == ["stock_level", "cart"]
    assert locked_tables("SELECT * FROM cart c JOIN checkout o ON true WHERE o.id = $1 FOR UPDATE OF o") == ["checkout"]
    assert locked_tables("SELECT * FROM cart c JOIN checkout o ON true WHERE o.id = $1") == []


async def test_i4_no_transaction_is_open_while_a_gateway_is_asked(shop: Buying):
    gateway = Watched(shop.gateway, shop.pool)

    async for _ in life_of_an_order(replace(shop, gateway=gateway)):
        pass

    assert gateway.found == []
    assert {"authorize", "capture", "void", "refund", "look_up", "forget"} <= set(gateway.asked)


async def test_i4_the_gateway_would_see_an_open_transaction(shop: Buying):
    """The test above sees nothing if this does not."""
    gateway = Watched(shop.gateway, shop.pool)

    async with shop.unit_of_work() as uow:
        await uow.payments.attempt(PaymentId("payment_none"))
        await gateway.look_up("auth_none")

    assert len(gateway.found) == 1


async def test_i4_uses_that_are_taken_and_given_back_at_once_never_deadlock(shop: Buying):
    """Orders by one code that run out of time, are canceled, and are placed, all together."""
    many = 8
    await promote(shop, code="FEW", usage_limit=3 * many)
    offer = await shop.offer(stock=100)

    async def ready(token: str) -> CheckoutId:
        return await shop.ready((offer, 1), codes=["FEW"], token=token, email=f"{new_id('buyer')}@example.com")

    waiting, confirmed = [
        [(await shop.complete(await ready(token))).order_id for _ in range(many)] for token in ("tok_pending", "tok_ok")
    ]
    checkouts = [await ready("tok_ok") for _ in range(many)]
    late = shop.later(days=8)

    found = await outcomes(
        [
            act
            for unpaid, paid, checkout in zip(waiting, confirmed, checkouts, strict=True)
            for act in (
                expire_unpaid(late.unit_of_work(), order_of(unpaid), now=late.now),
                Sale(shop, order_of(paid)).cancel(),
                shop.complete(checkout),
            )
        ]
    )

    assert [item for item in found if isinstance(item, BaseException)] == []
    rows = await shop.pool.fetch('SELECT status, count(*) FROM "order" GROUP BY status ORDER BY status')
    assert [tuple(row) for row in rows] == [("CANCELED", many), ("CONFIRMED", many), ("EXPIRED", many)]
    assert await shop.pool.fetchval("SELECT used FROM promotion") == many
    assert await shop.stock(offer) == (100, 0, many)


def order_of(order_id: OrderId | None) -> OrderId:
    assert order_id is not None
    return order_id
