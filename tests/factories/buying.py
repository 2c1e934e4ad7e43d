"""A shop to buy in: seeded markets, offers of two vendors, a gateway on a socket, and buyers who take each step."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import uvicorn

from domain.cart.model import LineRequest
from domain.cart.usecases import CreateCart, UpdateCart, create_cart, update_cart
from domain.checkout.completion.outcome import Completion
from domain.checkout.completion.ports import Surroundings
from domain.checkout.completion.usecases import CompleteCheckout, complete_checkout
from domain.checkout.priced import PricedCheckout
from domain.checkout.taxation.ports import TaxServices
from domain.checkout.tendering.usecases import GIFT_CARD, AddTender, add_tender
from domain.checkout.usecases import (
    StartCheckout,
    UpdateCheckout,
    start_checkout,
    update_checkout,
)
from domain.payments.gateways import Gateways
from domain.pricing.context import Wish, applied
from domain.shared.actor import GUEST, Actor
from domain.shared.address import Address
from domain.shared.ids import CartId, CheckoutId, CompanyId, OfferId, StoredMethodId
from domain.shared.money import Money
from integrations.addresses.world import WorldAddresses
from integrations.test_gateway.adapter import TestGatewayAdapter
from integrations.test_gateway.server import TestGateway
from loaders.registry import Loaders
from persistence.ids import new_id
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from persistence.unit_of_work import PostgresUnitOfWork
from server.listening import address_of, listening_socket
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.clock import present
from tests.fakes.news import LocalNews
from tests.fakes.vat_register import FakeVatRegister

BERLIN = Address("Hauptstraße 1", "Berlin", "DE", first_name="Ada", last_name="Lovelace", postal_code="10115")


@asynccontextmanager
async def running_gateway(**options: Any) -> AsyncIterator[TestGatewayAdapter]:
    """The test gateway on a free port, with a book in memory, and our adapter to it."""
    listener: socket.socket = listening_socket("127.0.0.1", 0)
    config = uvicorn.Config(TestGateway(":memory:", **options).app(), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    async with TestGatewayAdapter(address_of(listener), timeout_seconds=3) as adapter:
        yield adapter
    server.should_exit = True
    await serving


@dataclass
class Buying:
    """One shop and one buyer in it. `now` is what every clock says; set it to let time pass."""

    pool: Pool
    catalog: CatalogWriter
    reference: Reference
    gateway: Any
    now: datetime = field(default_factory=present)
    actor: Actor = GUEST
    market: str = "de"
    country: str | None = None
    news: LocalNews = field(default_factory=LocalNews)
    taxing: TaxServices = field(default_factory=lambda: TaxServices(FakeVatRegister()))
    beside: tuple[Any, ...] = ()
    """Gateways that are offered beside the test gateway."""

    @property
    def around(self) -> Surroundings:
        return Surroundings(
            Gateways.of(self.gateway, *self.beside),
            lambda: self.now,
            lambda: asyncio.sleep(0.05),
            lambda: new_id("number"),
        )

    def unit_of_work(self) -> PostgresUnitOfWork:
        return PostgresUnitOfWork(self.pool, reference=self.reference, actor=self.actor, new_id=new_id, news=self.news)

    def later(self, **period: float) -> "Buying":
        """The same shop after some time."""
        return replace(self, now=self.now + timedelta(**period))

    async def offer(self, *, stock: int | None = 100, price: int = 1999, **values: Any) -> OfferId:
        """An offer of a vendor of its own, priced in euros."""
        prices = values.pop("prices", {"de-eur": price})
        _, _, offer_id = await self.catalog.sold(stock=stock, prices=prices, **values)
        return OfferId(offer_id)

    async def cart(
        self,
        *lines: tuple[OfferId, int],
        key: str | None = None,
        codes: Sequence[str] = (),
        company: CompanyId | None = None,
    ) -> CartId:
        facts = await self.reference.facts()
        request = applied(facts.markets, asked=Wish(market=self.market, country=self.country), preferred=Wish())
        command = CreateCart(
            tuple(LineRequest(quantity, offer_id) for offer_id, quantity in lines),
            key or new_id("key"),
            tuple(codes),
            company,
        )
        uow = self.unit_of_work()
        return (await create_cart(uow, command, sellers=NoSellers(), request=request, now=self.now)).cart_id

    async def add(
        self, cart_id: CartId, *lines: tuple[OfferId, int], key: str | None = None, expected_version: int | None = None
    ) -> CartId:
        added = tuple(LineRequest(quantity, offer_id) for offer_id, quantity in lines)
        command = UpdateCart(cart_id, added, (), None, expected_version, key or new_id("key"))
        return await update_cart(self.unit_of_work(), command, sellers=NoSellers(), now=self.now)

    async def start(self, cart_id: CartId, *, key: str | None = None, express: bool = False) -> CheckoutId:
        """A checkout of the cart; an `express` one is told that the buyer accepts the terms."""
        command = StartCheckout(cart_id, key or new_id("key"), express, express)
        methods = self.around.gateways.methods
        return (await start_checkout(self.unit_of_work(), command, methods=methods, now=self.now)).id

    async def update(self, checkout_id: CheckoutId, **patch: Any) -> CheckoutId:
        command = UpdateCheckout(checkout_id, **patch)
        register = self.taxing.register
        changed = await update_checkout(
            self.unit_of_work(), command, addresses=WorldAddresses(), register=register, now=self.now
        )
        return changed.id

    async def tell(self, checkout_id: CheckoutId, *, address: Address = BERLIN, email: str = "ada@example.com") -> None:
        """Who, where, the first way of delivery for each group, and consent."""
        await self.update(checkout_id, email=email, shipping_address=address, accept_terms=True)
        groups = (await self.checkout(checkout_id)).delivery_groups
        await self.update(checkout_id, deliveries=tuple((group.id, group.options[0].id) for group in groups))

    async def tender(
        self,
        checkout_id: CheckoutId,
        token: str | None = "tok_ok",
        *,
        method: str = "test_card",
        amount: Money | None = None,
        code: str | None = None,
        stored: StoredMethodId | None = None,
        saves: bool = False,
        key: str | None = None,
    ) -> None:
        """Offer the test card, or another `method`, or the gift card of a `code`."""
        method_id = method if code is None else GIFT_CARD
        command = AddTender(checkout_id, method_id, token, amount, key or new_id("key"), code, stored, saves)
        await add_tender(self.unit_of_work(), command, methods=self.around.gateways.methods, now=self.now)

    async def complete(
        self, checkout_id: CheckoutId, *, total: Money | None = None, key: str | None = None
    ) -> Completion:
        seen = total or (await self.checkout(checkout_id)).totals.total.gross
        command = CompleteCheckout(checkout_id, seen, key or new_id("key"))
        return await complete_checkout(self.unit_of_work(), command, self.around)

    async def ready(
        self,
        *lines: tuple[OfferId, int],
        token: str = "tok_ok",
        codes: Sequence[str] = (),
        email: str = "ada@example.com",
    ) -> CheckoutId:
        """A checkout that lacks nothing."""
        checkout_id = await self.start(await self.cart(*lines, codes=codes))
        await self.tell(checkout_id, email=email)
        await self.tender(checkout_id, token)
        return checkout_id

    async def checkout(self, checkout_id: CheckoutId) -> PricedCheckout:
        found = await self._loaders().checkout.load(checkout_id)
        assert found is not None
        return found

    async def priced_cart(self, cart_id: CartId) -> Any:
        return await self._loaders().cart.load(cart_id)

    def _loaders(self) -> Loaders:
        known = self.reference.known
        request = applied(known.markets, asked=Wish(market=self.market, country=self.country), preferred=Wish())
        return Loaders(self.pool, request, self.actor, self.now, self.reference)

    async def stock(self, offer_id: OfferId) -> tuple[int, int, int]:
        """What is on hand, reserved and allocated of an offer, over all warehouses."""
        row = await self.pool.fetchrow(
            "SELECT sum(on_hand)::int, sum(reserved)::int, sum(allocated)::int FROM stock_level WHERE offer_id = $1",
            offer_id,
        )
        assert row is not None
        return tuple(row)

    async def authorizations(self) -> list[dict[str, Any]]:
        """What the gateway has in its book."""
        found: list[dict[str, Any]] = await self.gateway._send("GET", "/authorizations")
        return found

    async def events(self, *types: str) -> list[tuple[str, int]]:
        """The type and sequence of events, in the order they were recorded."""
        rows = await self.pool.fetch("SELECT type, sequence FROM event ORDER BY recorded_at, sequence, id")
        return [tuple(row) for row in rows if not types or row["type"] in types]

    async def count(self, table: str) -> int:
        counted: int = await self.pool.fetchval(f'SELECT count(*) FROM "{table}"')
        return counted


class NoSellers:
    """Implements `domain.cart.ports.Sellers` for carts that name offers."""

    async def of(self, variants: Sequence[Any]) -> dict[Any, Any]:
        assert not variants
        return {}


async def buying_in(pool: Pool, gateway: Any, **facts: Any) -> Buying:
    """A shop in a database that has the seeded markets and nothing else."""
    catalog = await catalog_in(pool)
    reference = Reference(pool)
    await reference.facts()
    return Buying(pool, catalog, reference, gateway, **facts)


async def outcomes[Value](acts: Sequence[Awaitable[Value]]) -> list[Value | BaseException]:
    """What came of acts that run all at once."""
    return await asyncio.gather(*acts, return_exceptions=True)
