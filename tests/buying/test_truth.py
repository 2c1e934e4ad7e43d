"""Who decides: stock, coupons, caps and balances come out the same whatever becomes of Valkey (rule S10)."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.pricing.promotions.model import UnitCap
from domain.shared.ids import CheckoutId
from domain.shared.money import Money
from integrations.identity.codes import CodeLimits
from persistence.ids import new_id
from persistence.news import RedisNews
from server.embedded import EmbeddedServers
from tests.factories.balances import available, euros, gift_card
from tests.factories.buying import Buying
from tests.factories.promotions import promote
from tests.factories.shoppers import Shopper
from tests.persistence.payments.test_balances import hold
from tests.places import new_folder

HALF: dict[str, Any] = {"kind": "percentage", "percent": "50"}
RIVALS = 8
PAID = "SELECT count(*) FROM payment WHERE state = 'AUTHORIZED'"


@dataclass
class Valkey:
    """One of the test's own, which nobody else misses."""

    servers: EmbeddedServers
    redis: "Redis"
    news: Any

    async def lose(self, how: str) -> None:
        match how:
            case "emptied":
                await self.redis.flushall()
            case "killed":
                os.kill(self.servers.valkey_pid, signal.SIGKILL)
            case "silent":
                os.kill(self.servers.valkey_pid, signal.SIGSTOP)

    async def is_there(self) -> bool:
        try:
            async with asyncio.timeout(0.2):
                return bool(await self.redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("commerce-truth-")
    yield path
    shutil.rmtree(path)


@pytest.fixture
async def valkey(folder: Path) -> AsyncIterator[Valkey]:
    with EmbeddedServers(folder / "data", postgres=False, durable=False) as servers:
        async with Redis.from_url(servers.redis_url) as redis:
            news = RedisNews(redis)
            telling = asyncio.create_task(news.run())
            yield Valkey(servers, redis, news)
            telling.cancel()
            with suppress(ProcessLookupError):
                os.kill(servers.valkey_pid, signal.SIGCONT)


async def started(shopper: Shopper, offer: str) -> int | str:
    """What one unit costs in a checkout, or why it is not had."""
    lines = [{"offerId": offer, "quantity": 1}]
    cart = await shopper.do("cartCreate", lines=lines, idempotencyKey=new_id("key"))
    payload = await shopper.payload("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))
    if payload["errors"]:
        return str(payload["errors"][0]["code"])
    minor: int = payload["checkout"]["totals"]["total"]["gross"]["amountMinor"]
    return minor


async def completed(shopper: Shopper, checkout_id: CheckoutId, total: Money) -> str:
    """`done`, or why not, seen through to the end; the buyer has agreed to this total."""
    values = {
        "checkoutId": checkout_id,
        "expectedTotal": {"amountMinor": total.minor, "currency": total.currency},
        "idempotencyKey": new_id("key"),
    }
    for _ in range(20):
        payload = await shopper.payload("checkoutComplete", **values)
        if [problem["code"] for problem in payload["errors"]] != ["IDEMPOTENCY_IN_PROGRESS"]:
            break
    return "done" if not payload["errors"] else str(payload["errors"][0]["code"])


@pytest.mark.parametrize("how", ["kept", "emptied", "killed", "silent"])
async def test_s10_losing_valkey_changes_no_outcome(shop: Buying, valkey: Valkey, how: str):
    """Three units of stock, three of a flash sale, a code for three, and a card of 30.00, each wanted by eight."""
    shop = replace(shop, news=valkey.news)
    shopper = Shopper(shop, code_limits=CodeLimits(valkey.redis))
    scarce, capped, plenty = [await shop.offer(price=20_00, stock=stock) for stock in (3, 100, 100)]
    on_sale = await shop.pool.fetchval("SELECT product_id FROM offer WHERE id = $1", capped)
    conditions = {"goods": {"include": [{"products": [on_sale]}]}}
    await promote(shop, name="Flash", action=HALF, unit_cap=UnitCap(total=3), conditions=conditions)
    await promote(shop, code="FEW", usage_limit=3)
    checkouts = [await shop.ready((plenty, 1), codes=["FEW"], email=f"buyer{at}@example.com") for at in range(RIVALS)]
    agreed = [(await shop.checkout(checkout)).totals.total.gross for checkout in checkouts]
    card = (await gift_card(shop, euros(30_00))).gift_card.id

    found = await asyncio.gather(
        *[started(shopper, scarce) for _ in range(RIVALS)],
        *[completed(shopper, checkout, total) for checkout, total in zip(checkouts, agreed, strict=True)],
        valkey.lose(how),
        *[started(shopper, capped) for _ in range(RIVALS)],
        *[hold(shop, card, euros(10_00)) for _ in range(RIVALS)],
    )

    if how == "silent":
        assert not await valkey.is_there()
    of_scarce, of_code, of_capped, of_card = [found[at : at + RIVALS] for at in (0, 8, 17, 25)]
    assert sorted(of_scarce, key=str) == [20_00] * 3 + ["INSUFFICIENT_STOCK"] * 5
    assert sorted(map(str, of_code)) == ["COUPON_EXHAUSTED"] * 5 + ["done"] * 3
    assert sorted(of_capped, key=int) == [10_00] * 3 + [20_00] * 5  # type: ignore[arg-type] # all of them start
    assert sorted(map(str, of_card)) == ["False"] * 5 + ["True"] * 3
    assert await shop.stock(scarce) == (3, 3, 0)
    assert await shop.stock(plenty) == (100, RIVALS - 3, 3)
    assert await available(shop, card) == 0
    assert await shop.pool.fetchval(PAID) == await shop.count("order") == 3
    assert shopper.faults == []


@pytest.mark.parametrize("how", ["emptied", "killed"])
async def test_s10_a_purchase_goes_on_where_it_was_when_valkey_was_lost(shop: Buying, valkey: Valkey, how: str):
    shop = replace(shop, news=valkey.news)
    shopper = Shopper(shop, code_limits=CodeLimits(valkey.redis))
    offer = await shop.offer(stock=1)
    checkout_id = CheckoutId((await shopper.ready((offer, 1)))["id"])
    agreed = (await shop.checkout(checkout_id)).totals.total.gross

    await valkey.lose(how)
    rival = await started(shopper, offer)
    done = await completed(shopper, checkout_id, agreed)

    assert (rival, done) == ("INSUFFICIENT_STOCK", "done")
    assert await shop.stock(offer) == (1, 0, 1)
