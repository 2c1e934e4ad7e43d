"""A client of the API, as a storefront, a vendor's back office or an integrator is one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Self
from uuid import uuid4

import httpx2

TIMEOUT_SECONDS = 30.0

SIGN_IN = """
mutation SignIn($input: SignInInput!) { signIn(input: $input) { errors { code } accessToken } }
"""
REGISTER = """
mutation Register($input: CustomerRegisterInput!) { customerRegister(input: $input) { errors { code } accessToken } }
"""
LONG_PASSWORD = "a long enough password"

_addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in count(1))


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks to a store over a real socket, from an address of its own; `market` is where it buys."""

    http: httpx2.AsyncClient
    headers: Mapping[str, str]

    def in_market(self, handle: str) -> Self:
        return replace(self, headers={**self.headers, "X-Market": handle})

    def bearing(self, token: str) -> Self:
        return replace(self, headers={**self.headers, "Authorization": f"Bearer {token}"})

    async def signed_in(self, email: str, password: str) -> Self:
        granted = await self.do(SIGN_IN, email=email, password=password)
        return self.bearing(granted["accessToken"])

    async def post(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, with `errors` if the request was at fault."""
        response = await self.http.post(
            "/graphql", json={"query": document, "variables": variables}, headers=dict(self.headers)
        )
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation that is in order."""
        answer = await self.post(document, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def call(self, document: str, **values: Any) -> dict[str, Any]:
        """The payload of a mutation of one field, whose `input` is these values."""
        (payload,) = (await self.ask(document, input=values)).values()
        assert payload is not None
        return dict(payload)

    async def do(self, document: str, **values: Any) -> dict[str, Any]:
        """The payload of a mutation that is not refused."""
        payload = await self.call(document, **values)
        assert payload["errors"] == []
        return payload

    async def fault_codes(self, document: str, **variables: Any) -> list[str]:
        """The codes of the top-level errors."""
        answer = await self.post(document, **variables)
        return [error["extensions"]["code"] for error in answer.get("errors", [])]


@asynccontextmanager
async def client_of(origin: str) -> AsyncIterator[Client]:
    """A guest. The store believes proxies on this machine, so each guest comes from another address."""
    async with httpx2.AsyncClient(base_url=origin, timeout=TIMEOUT_SECONDS) as http:
        yield Client(http, {"X-Forwarded-For": next(_addresses)})


def fresh_key() -> str:
    """An idempotency key."""
    return uuid4().hex


def fresh_email() -> str:
    return f"{uuid4().hex}@example.com"


def codes(payload: Mapping[str, Any]) -> list[str]:
    return [error["code"] for error in payload["errors"]]


async def registered(guest: Client) -> tuple[Client, str]:
    """A new customer, signed in, and the email."""
    email = fresh_email()
    granted = await guest.do(REGISTER, email=email, password=LONG_PASSWORD)
    return guest.bearing(granted["accessToken"]), email
