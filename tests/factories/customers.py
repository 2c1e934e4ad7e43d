"""A shop's front door for tests: the whole application in this process, and people who come in through it."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from argon2 import PasswordHasher
from joserfc.jwk import OKPKey
from redis.asyncio import Redis

from domain.checkout.completion.ports import Surroundings
from domain.customers.ports import Identity
from integrations.addresses.world import WorldAddresses
from integrations.identity.attempts import CountedAttempts
from integrations.identity.keys import KeyRing
from integrations.identity.links import SignedLinks
from integrations.identity.passwords import ArgonPasswords
from integrations.identity.sealing import KeyedSeal
from integrations.identity.secrets import RandomSecrets
from integrations.identity.tokens import SignedTokens
from persistence.ids import new_id
from persistence.news import RedisNews
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from resolvers.context import Services, WebhookTerms
from server.auth import Authenticator
from server.graphql_drain import Drain
from server.seed import seed
from server.settings import Settings
from server.web import web_app
from server.wiring import Parts

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "correct horse battery"
TOKENS = "accessToken refreshToken expiresAt customer { id email } errors { code path message }"
REGISTER = f"mutation($input: CustomerRegisterInput!) {{ customerRegister(input: $input) {{ {TOKENS} }} }}"
SIGN_IN = f"mutation($input: SignInInput!) {{ signIn(input: $input) {{ {TOKENS} }} }}"
REFRESH = f"mutation($input: SessionRefreshInput!) {{ sessionRefresh(input: $input) {{ {TOKENS} }} }}"
SIGN_OUT = "mutation($input: SignOutInput!) { signOut(input: $input) { sessionsEnded errors { code path } } }"
VIEWER = "{ viewer { id email } }"


@dataclass
class Clock:
    """The time of day, which only a test moves."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def now(self) -> datetime:
        return self.moment

    def forward(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


@dataclass(frozen=True)
class Visitor:
    """Somebody at an address of their own, signed in if they hold a token."""

    app: Any
    address: str = field(default_factory=lambda: f"10.{'.'.join(str(secrets.randbelow(250)) for _ in range(3))}")
    headers: Mapping[str, str] = field(default_factory=dict)

    def bearing(self, token: str) -> "Visitor":
        return Visitor(self.app, self.address, {"authorization": f"Bearer {token}"})

    async def post(self, query: str, **variables: Any) -> httpx2.Response:
        transport = httpx2.ASGITransport(self.app, client=(self.address, 4711))
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
            accept = {"accept": "application/graphql-response+json"}
            body = {"query": query, "variables": variables}
            return await client.post("/graphql", json=body, headers={**accept, **self.headers})

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def code(self, query: str, **variables: Any) -> str | None:
        """The code of the first top-level error, or None."""
        errors = (await self.post(query, **variables)).json().get("errors")
        code: str | None = errors[0]["extensions"]["code"] if errors else None
        return code

    async def register(self, email: str, password: str = PASSWORD, **more: Any) -> Any:
        answer = await self.ask(REGISTER, input={"email": email, "password": password, **more})
        return answer["customerRegister"]

    async def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        return (await self.ask(SIGN_IN, input={"email": email, "password": password}))["signIn"]

    async def refresh(self, token: str) -> Any:
        return (await self.ask(REFRESH, input={"refreshToken": token}))["sessionRefresh"]

    async def sign_out(self, *, everywhere: bool = False) -> Any:
        return (await self.ask(SIGN_OUT, input={"everywhere": everywhere}))["signOut"]


@dataclass(frozen=True)
class Door:
    """The application over a database, with its clock."""

    parts: Parts
    clock: Clock
    app: Any

    @property
    def pool(self) -> Pool:
        return self.parts.pool

    def visitor(self) -> Visitor:
        return Visitor(self.app)

    async def customer(self, email: str | None = None) -> Visitor:
        """Somebody who registered just now, and stays signed in."""
        visitor = self.visitor()
        grant = await visitor.register(email or fresh_email())
        return visitor.bearing(grant["accessToken"])

    async def staff(self, *scopes: str) -> Visitor:
        visitor = await self.customer()
        customer_id = (await visitor.ask(VIEWER))["viewer"]["id"]
        await self.pool.execute(
            "INSERT INTO staff_member (id, customer_id, scopes) VALUES ($1, $2, $3)",
            *(new_id("staff_member"), customer_id, list(scopes)),
        )
        return visitor


def fresh_email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def codes(payload: Any) -> list[tuple[str, list[str]]]:
    """The code and path of each refusal in a payload."""
    return [(error["code"], error["path"]) for error in payload["errors"]]


def make_identity(redis: "Redis | None" = None, keys: KeyRing | None = None) -> Identity:
    """With passwords that cost next to nothing."""
    tokens = SignedTokens(keys or make_keys())
    return Identity(ArgonPasswords(CHEAP), tokens, RandomSecrets(), CountedAttempts(redis))


def make_keys() -> KeyRing:
    return KeyRing(OKPKey.generate_key("Ed25519"))


@asynccontextmanager
async def open_door(pool: Pool, redis_url: str) -> AsyncIterator[Door]:
    """The application, with four markets and nothing else."""
    await seed(pool, new_id)
    redis = Redis.from_url(redis_url)
    clock, keys, news = Clock(), make_keys(), RedisNews(redis)
    identity = make_identity(redis, keys)
    unused: Any = None
    services = Services(
        pool=pool,
        news=news,
        new_id=new_id,
        now=clock.now,
        reference=Reference(pool),
        identity=identity,
        address_book=WorldAddresses(),
        taxing=unused,
        links=SignedLinks(keys),
        files=unused,
        webhooks=WebhookTerms(KeyedSeal(bytes(32))),
        completing=Surroundings(unused, clock.now, unused, unused),
        code_attempts=unused,
        new_gift_card_code=unused,
    )
    authenticator = Authenticator(pool, SignedTokens(keys), clock.now)
    parts = Parts(Settings(), pool, redis, news, services, authenticator, keys)
    yield Door(parts, clock, web_app(parts, Drain()))
    await redis.aclose()
