"""A shop that posts its events, and receivers of them: real servers, with answers that tests choose."""

import asyncio
import base64
import hashlib
import hmac
import json
import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.inventory.adjustment import Change
from domain.inventory.usecases import AdjustStock, adjust_stock
from domain.shared.actor import STAFF_SCOPE, Actor
from domain.shared.ids import ApiKeyId, CustomerId, VendorId
from domain.webhooks.delivering.ports import Courier
from domain.webhooks.delivering.usecases import CLAIM, serve
from integrations.identity.sealing import KeyedSeal
from integrations.webhooks.sender import HttpSender
from persistence.engine import open_pool
from persistence.ids import new_id
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from persistence.webhooks.desk import Desk
from persistence.webhooks.fanning import fan_out
from resolvers.context import Context, Services, WebhookTerms
from server.auth import Authenticator
from server.jobs.relay import relay
from server.jobs.webhooks import courier_of, deliver_webhooks
from server.settings import Settings
from server.wiring import Parts
from server.worker_watch import JobWatch
from tests.factories.clock import present
from tests.factories.gateways import served
from tests.factories.orders import Seller, Shop, make_shop, unit_of_work
from tests.factories.requests import Client
from tests.fakes.news import LocalNews

SCOPES = ("integrations:read", "integrations:write", "events:read", "orders:read")
SOON = 30.0
_processes = multiprocessing.get_context("spawn")
WEBHOOK = "id url state pauseReason version failures events document vendor { id } lastSuccessAt"
DELIVERY = "id state nextAttemptAt event { id sequence } attempts { number outcome statusCode response }"
RESULTS = {
    "webhookUpsert": f"webhook {{ {WEBHOOK} }} secret",
    "webhookPause": f"webhook {{ {WEBHOOK} }}",
    "webhookResume": f"webhook {{ {WEBHOOK} }}",
    "webhookDelete": "webhookId",
    "webhookSecretRotate": f"webhook {{ {WEBHOOK} }} secret",
    "webhookPing": f"delivery {{ {DELIVERY} }}",
    "webhookDeliveryReplay": f"delivery {{ {DELIVERY} }}",
    "webhookReplay": f"webhook {{ {WEBHOOK} }}",
}
INPUTS = dict.fromkeys(("webhookPause", "webhookResume", "webhookDelete", "webhookPing"), "WebhookInput")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a receiver answers next."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def sequence(self) -> int:
        return int(self.json["data"]["sequence"])

    def is_signed_by(self, secret: str, *, now: datetime) -> bool:
        """As Standard Webhooks tells receivers to verify, written without ours."""
        timestamp = self.headers["webhook-timestamp"]
        if abs(now.timestamp() - int(timestamp)) > 300:
            return False
        key = base64.b64decode(secret.split("_", 1)[1])
        told = f"{self.id}.{timestamp}.".encode() + self.body
        wanted = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
        given = [part.split(",", 1) for part in self.headers["webhook-signature"].split(" ")]
        return any(version == "v1" and hmac.compare_digest(text, wanted) for version, text in given)


@dataclass
class Receiver:
    """Answers one after another of `answers`, then 200 for good, and keeps what it was sent."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: Iterator[Answered] = field(default_factory=lambda: repeat(Answered()))
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.received]

    def will_answer(self, *answers: Answered) -> None:
        self.answers = iter([*answers])

    async def answer(self, request: Request) -> Response:
        self.received.append(Received(dict(request.headers), await request.body()))
        self.came.set()
        answer = next(self.answers, Answered())
        await asyncio.sleep(answer.after_seconds)
        return Response(answer.body, answer.status, dict(answer.headers))


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with served(Starlette(routes=[Route("/{path:path}", receiver.answer, methods=["POST", "GET"])])) as url:
        receiver.url = f"{url}/hooks"
        yield receiver


@dataclass
class Clock:
    now: datetime = field(default_factory=present)

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **period: float) -> None:
        self.now += timedelta(**period)


@dataclass
class Post:
    """A shop, what its worker delivers with, and those who manage webhooks. `stan` is staff."""

    pool: Pool
    shop: Shop
    parts: Parts
    clock: Clock
    courier: Courier
    stan: Actor

    @property
    def now(self) -> datetime:
        return self.clock.now

    @property
    def seller(self) -> Seller:
        return self.shop.sellers[0]

    async def payload(self, actor: Actor, name: str, **values: Any) -> Any:
        """What a mutation answers to these values as its input."""
        kind = INPUTS.get(name, f"{name[0].upper()}{name[1:]}Input")
        query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ errors {{ code path }} {RESULTS[name]} }} }}"
        return (await self.client(actor).ask(query, input=values))[name]

    async def do(self, actor: Actor, name: str, **values: Any) -> Any:
        payload = await self.payload(actor, name, **values)
        assert payload["errors"] == []
        return payload

    async def refusals(self, actor: Actor, name: str, **values: Any) -> list[tuple[str, list[str]]]:
        return [(error["code"], error["path"]) for error in (await self.payload(actor, name, **values))["errors"]]

    async def hook(self, receiver: Receiver, actor: Actor | None = None, **values: Any) -> Any:
        """A webhook to the receiver, with its `secret`: of the platform by staff unless another makes it."""
        made = await self.do(actor or self.stan, "webhookUpsert", url=receiver.url, **values)
        return made["webhook"] | {"secret": made["secret"]}

    def client(self, actor: Actor) -> "PostClient":
        return PostClient(self.pool, self.parts.services.reference, actor=actor, now=self.now, post=self)

    async def webhook(self, id: str) -> Any:
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on Webhook {{ {WEBHOOK} failingSince }} }} }}"
        return (await self.client(self.stan).ask(query, id=id))["node"]

    async def deliveries(self, id: str, actor: Actor | None = None) -> list[Any]:
        """The log of a webhook, the oldest event first."""
        query = f"""query($id: ID!) {{ node(id: $id) {{ ... on Webhook {{
            deliveries(first: 100) {{ nodes {{ {DELIVERY} }} }} }} }} }}"""
        found: list[Any] = (await self.client(actor or self.stan).ask(query, id=id))["node"]["deliveries"]["nodes"]
        return found[::-1]

    async def happen(self, count: int = 1, *, seller: int = 0, offer: int = 0) -> None:
        """So many changes of an offer's stock, in the log."""
        of = self.shop.sellers[seller]
        for _ in range(count):
            act = AdjustStock(of.offers[offer], of.warehouse_id, Change(delta=1), "count", new_id("key"))
            await adjust_stock(unit_of_work(self.pool, of.actor), act)
        await self.place()

    async def place(self) -> None:
        while await relay(self.pool, LocalNews()):
            pass

    async def round(self, sender: Any = None) -> int:
        """Put what happened in line, and one round for each webhook with something due; how many there were."""
        while await fan_out(self.pool, now=self.now):
            pass
        claims = await Desk(self.pool).claim(now=self.now, until=self.now + CLAIM, limit=100)
        courier = replace(self.courier, sender=sender) if sender else self.courier
        async with asyncio.timeout(60):
            await asyncio.gather(*[serve(claim, courier) for claim in claims])
        return len(claims)

    async def work(self, sender: Any = None) -> None:
        """Rounds until nothing is due at this moment."""
        for _ in range(200):
            if not await self.round(sender):
                return
        raise AssertionError("there is always something due")

    async def person(self, *, vendor_id: str | None = None, role: str = "OWNER", scopes: tuple[str, ...] = ()) -> Actor:
        """Somebody on record: a member of a vendor, or of staff."""
        customer_id = CustomerId(new_id("customer"))
        await self.pool.execute("INSERT INTO customer (id, email) VALUES ($1, $1)", customer_id)
        if vendor_id is not None:
            await self.pool.execute("INSERT INTO vendor_member VALUES ($1, $2, $3)", vendor_id, customer_id, role)
            return Actor(customer_id=customer_id, vendor_ids=frozenset({VendorId(vendor_id)}))
        staff = new_id("staff_member")
        await self.pool.execute("INSERT INTO staff_member VALUES ($1, $2, $3)", staff, customer_id, list(scopes))
        return Actor(customer_id=customer_id, scopes=frozenset({STAFF_SCOPE, *scopes}))

    async def key(self, *, vendor_id: str | None = None, scopes: tuple[str, ...] = ()) -> Actor:
        """A program with a key on record."""
        key_id = ApiKeyId(new_id("api_key"))
        await self.pool.execute(
            "INSERT INTO api_key (id, name, prefix, secret_hash, scopes, vendor_id) VALUES ($1, 'ERP', $1, '', $2, $3)",
            *(key_id, list(scopes), vendor_id),
        )
        vendors = frozenset({VendorId(vendor_id)}) if vendor_id else frozenset[VendorId]()
        return Actor(api_key_id=key_id, vendor_ids=vendors, scopes=frozenset(scopes))


@dataclass(frozen=True, slots=True)
class PostClient(Client):
    """A client of a server that can make secrets."""

    post: Any = None

    async def context(self) -> Context:
        context = await Client.context(self)
        context.services = self.post.parts.services
        return context


def parts_at(pool: Pool, database_url: str, clock: Callable[[], datetime]) -> Parts:
    """What a worker works with that delivers and does nothing else."""
    absent: Any = None
    seal, news = KeyedSeal(bytes(32)), LocalNews()
    known: dict[str, Any] = dict.fromkeys(Services.__slots__) | {
        "pool": pool,
        "news": news,
        "new_id": new_id,
        "now": clock,
        "reference": Reference(pool),
        "webhooks": WebhookTerms(seal, may_be_plain=True),
    }
    settings = Settings(database_url=database_url or None, commerce_webhook_anywhere=True)
    authenticator = Authenticator(pool, absent, clock)
    told: Any = news
    return Parts(settings, pool, absent, told, Services(**known), authenticator, absent, seal=seal)


@asynccontextmanager
async def post_office(pool: Pool, database_url: str = "", **sending: Any) -> AsyncIterator[Post]:
    """A shop with two sellers. Its worker may send anywhere unless told otherwise, and waits 2 seconds for answers."""
    shop, clock = await make_shop(pool), Clock()
    parts = parts_at(pool, database_url, clock)
    absent: Any = None
    async with HttpSender(**{"is_lenient": True, "total_seconds": 2.0} | sending) as sender:
        courier = await courier_of(parts, sender, JobWatch(parts, CollectorRegistry()))
        post = Post(pool, shop, parts, clock, courier, stan=absent)
        post.stan = await post.person(scopes=SCOPES)
        yield post


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[asyncio.Event]:
    """A worker that delivers until the block ends, or the event is set."""
    stop = asyncio.Event()
    delivering = asyncio.create_task(deliver_webhooks(parts, stop, JobWatch(parts, CollectorRegistry())))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(SOON):
            await delivering


def deliver_for_good(database_url: str, now: datetime) -> None:
    """A worker in a process of its own, until it is killed."""

    async def deliver() -> None:
        async with await open_pool(database_url, min_size=1, max_size=4) as pool:
            parts = parts_at(pool, database_url, lambda: now)
            await deliver_webhooks(parts, asyncio.Event(), JobWatch(parts, CollectorRegistry()))

    asyncio.run(deliver())


@asynccontextmanager
async def killed_worker(database_url: str, now: datetime) -> AsyncIterator[None]:
    """A worker that is killed by the kernel when the block ends."""
    process = _processes.Process(target=deliver_for_good, args=(database_url, now))
    process.start()
    try:
        yield
    finally:
        process.kill()
        await asyncio.to_thread(process.join, SOON)
        process.close()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what others do, for a while."""
    async with asyncio.timeout(SOON):
        while not is_so():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.02)
