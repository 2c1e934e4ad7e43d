"""A shop that is paid by the double of Stripe: its buyers, its webhook, and its worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette

from domain.shared.ids import CheckoutId, OrderId
from domain.shared.money import Money
from integrations.stripe.notices import StripeNotices
from persistence.ids import new_id
from persistence.statement import Pool
from resolvers.context import Services
from server.jobs.gateways import observe_gateway_event, reconcile
from server.webhooks import webhook_routes
from server.wiring import Parts
from tests.factories.after_sale import Sale
from tests.factories.buying import Buying, buying_in
from tests.factories.gateways import RunningDouble, served, stripe_at

WEBHOOK_SECRET = "whsec_of_the_double"
UNOBSERVED = "SELECT id FROM gateway_event WHERE observed_at IS NULL ORDER BY received_at, id"


@dataclass
class StripeShop:
    """`url` is where its webhook answers."""

    shop: Buying
    double: RunningDouble
    url: str = ""

    @property
    def parts(self) -> Parts:
        """What the web process and the worker work with."""
        shop, absent = self.shop, _absent()
        known: dict[str, Any] = dict.fromkeys(Services.__slots__)
        known |= {"pool": shop.pool, "news": shop.news, "new_id": new_id, "now": lambda: shop.now}
        known |= {"reference": shop.reference, "completing": shop.around}
        notices = StripeNotices(shop.gateway, WEBHOOK_SECRET)
        return Parts(absent, shop.pool, absent, absent, Services(**known), absent, absent, stripe_notices=notices)

    def later(self, **period: float) -> "StripeShop":
        return replace(self, shop=self.shop.later(**period))

    def with_gateway(self, gateway: Any) -> "StripeShop":
        return replace(self, shop=replace(self.shop, gateway=gateway))

    async def ready(self, token: str | None, method: str = "stripe_card", *, units: int = 1) -> CheckoutId:
        """A checkout of goods of its own that lacks nothing."""
        offer = await self.shop.offer(price=12_000, stock=10)
        checkout_id = await self.shop.start(await self.shop.cart((offer, units)))
        await self.shop.tell(checkout_id)
        await self.shop.tender(checkout_id, token, method=method)
        return checkout_id

    async def bought(self, token: str, method: str = "stripe_card") -> Sale:
        """An order that such a token paid, or is going to pay."""
        done = await self.shop.complete(await self.ready(token, method))
        assert done.order_id is not None
        return Sale(self.shop, done.order_id)

    async def order_of(self, checkout_id: CheckoutId) -> OrderId | None:
        found: str | None = await self.shop.pool.fetchval("SELECT order_id FROM checkout WHERE id = $1", checkout_id)
        return None if found is None else OrderId(found)

    async def reference_of(self, checkout_id: CheckoutId) -> str:
        """What Stripe calls the checkout's last payment."""
        sql = "SELECT gateway_reference FROM payment WHERE checkout_id = $1 ORDER BY id DESC LIMIT 1"
        reference: str = await self.shop.pool.fetchval(sql, checkout_id)
        return reference

    async def deliver(self, **how: Any) -> list[int]:
        """Have the double send all that it owes; the statuses that it was answered."""
        statuses: list[int] = (await self.double.tell("deliver", **how))["statuses"]
        return statuses

    async def work(self) -> int:
        """What the worker does about what was told; how much it was."""
        rows = await self.shop.pool.fetch(UNOBSERVED)
        for row in rows:
            await observe_gateway_event(self.parts, row["id"])
        return len(rows)

    async def reconcile(self) -> None:
        """One run, after everybody who was at something has had their time, and what it found."""
        now = max(datetime.now(UTC), self.shop.now) + timedelta(minutes=10)
        later = replace(self, shop=replace(self.shop, now=now))
        await reconcile(later.parts)
        await later.work()

    async def charged(self) -> list[tuple[str, int, int]]:
        """Status, amount and amount received of each payment at Stripe."""
        return [
            (item["status"], item["amount"], item["amount_received"])
            for item in await self.double.objects("payment_intent")
        ]

    async def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that is known of money and orders, without ids."""
        queries = {
            "orders": 'SELECT status FROM "order" ORDER BY id',
            "payments": "SELECT p.state, p.authorized_minor, p.captured_minor, p.refunded_minor, p.claimed_minor"
            " FROM payment p ORDER BY p.id",
            "operations": "SELECT kind, state, amount_minor FROM payment_operation ORDER BY kind, amount_minor, state",
            "refunds": "SELECT state, amount_minor FROM refund ORDER BY amount_minor",
            "disputes": "SELECT state, amount_minor, reason, fee_minor FROM dispute ORDER BY amount_minor",
            "stock": "SELECT sum(on_hand)::int, sum(reserved)::int, sum(allocated)::int FROM stock_level",
            "events": "SELECT type, count(*) FROM event GROUP BY type ORDER BY type",
        }
        return {name: [tuple(row) for row in await self.shop.pool.fetch(sql)] for name, sql in queries.items()}


def _absent() -> Any:
    return None


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@asynccontextmanager
async def stripe_shop_in(pool: Pool, double: RunningDouble) -> AsyncIterator[StripeShop]:
    """The shop, whose webhook the double is told of."""
    async with stripe_at(double.url) as gateway:
        paying = StripeShop(await buying_in(pool, gateway), double)
        async with served(Starlette(routes=list(webhook_routes(paying.parts)))) as url:
            await double.tell("webhook", url=f"{url}/webhooks/stripe", secret=WEBHOOK_SECRET)
            yield replace(paying, url=f"{url}/webhooks/stripe")
