"""What each kind of client may ask for: in one operation (its budget) and within a minute (its rate), in points."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import Any

from graphql import GraphQLError
from starlette.types import Scope

from domain.shared.actor import GUEST, Actor
from domain.shared.errors import RequestFault
from execution import AdmittedOperation, RequestErrorCode, RequestRefused
from integrations.identity.attempts import client
from server.connection import Connection
from server.rates import Rates
from server.settings import Settings

REFUSAL_POINTS = 10
"""What a request costs at least whose document or variables are refused: reading them took its time."""
REFUSAL_BYTES_PER_POINT = 5
"""Long ones cost more. A millisecond that is refused costs about as much as one that is answered."""

KEPT_POINTS = 1
"""What is answered without being looked at costs less than anything that runs."""

MAX_ADDRESSES = 10_000
"""Of how many addresses it is kept whom they stand for."""


class ClientKind(StrEnum):
    GUEST = "GUEST"
    CUSTOMER = "CUSTOMER"
    VENDOR = "VENDOR"
    STAFF = "STAFF"
    API_KEY = "API_KEY"
    ROUTER = "ROUTER"


class TooCostly(RequestFault):
    """COST_LIMIT_EXCEEDED; `extensions` say what the operation costs and what it may."""

    def __init__(self, cost: int, budget: int) -> None:
        super().__init__(f"The operation costs {cost} points; {budget} are allowed: ask for less at once.")
        self.extensions: dict[str, Any] = {
            "code": str(RequestErrorCode.COST_LIMIT_EXCEEDED),
            "cost": cost,
            "budget": budget,
        }


class SpentAll(RequestFault):
    """RATE_LIMITED; `extensions.retryAfter` says in how many seconds there are points again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("You have asked for too much within a minute; wait a little.")
        self.extensions: dict[str, Any] = {"code": "RATE_LIMITED", "retryAfter": retry_after}


class Allowance:
    """Checks and counts what is asked for. Also the gate before everything else (`execution.Gate`).

    Guests spend what their address has, customers and API keys what is theirs. An address that is one of the trusted
    proxies' own stands for nobody, and a router for everybody who asks through it: both have no rate.
    """

    def __init__(self, settings: Settings, rates: Rates) -> None:
        self._rates = rates
        self._address_limit = settings.commerce_rate_address
        self._limits = {"customer": settings.commerce_rate_customer, "api_key": settings.commerce_rate_api_key}
        self._budgets: Mapping[ClientKind, int] = {
            ClientKind.GUEST: settings.commerce_cost_guest,
            ClientKind.CUSTOMER: settings.commerce_cost_customer,
            ClientKind.VENDOR: settings.commerce_cost_vendor,
            ClientKind.STAFF: settings.commerce_cost_staff,
            ClientKind.API_KEY: settings.commerce_cost_api_key,
            ClientKind.ROUTER: max(settings.commerce_cost_staff, settings.commerce_cost_api_key),
        }
        budgets = self._budgets.values()
        self._trusted_budget = 0 if 0 in budgets else max(budgets)
        proxies = frozenset(address.strip() for address in settings.commerce_trusted_proxies.split(","))
        self._counted = lru_cache(MAX_ADDRESSES)(partial(counted_as, proxies=proxies))

    def enter(self, connection: Connection) -> None:
        """Refuse an address that has spent its points."""
        address = self._counted(connection.address)
        if address and (retry_after := self._rates.retry_after(address, self._address_limit)) is not None:
            error = SpentAll(retry_after)
            raise RequestRefused([GraphQLError(str(error), extensions=error.extensions)])

    def refused(self, connection: Connection, size_bytes: int) -> None:
        if (address := self._counted(connection.address)) and self._address_limit:
            points = max(REFUSAL_POINTS, size_bytes // REFUSAL_BYTES_PER_POINT)
            self._rates.spend(address, self._address_limit, points)

    def spend(
        self, connection: Connection, actor: Actor, admitted: AdmittedOperation, *, is_router: bool
    ) -> Mapping[str, Any] | None:
        """Count what the operation costs, and what the client wants to be told of it. Says in the connection who asks.

        Raises COST_LIMIT_EXCEEDED for more than its budget, RATE_LIMITED when all points are spent.
        """
        connection.client_kind = kind = ClientKind.ROUTER if is_router else kind_of(actor)
        # A registered document was looked at by those who run the shop: it may cost what any client may.
        budget = self._trusted_budget if admitted.is_trusted else self._budgets[kind]
        if budget and admitted.cost > budget:
            raise TooCostly(admitted.cost, budget)
        payer, limit = self._payer(connection, actor, kind)
        left: int | None = None
        if payer and limit:
            if (retry_after := self._rates.retry_after(payer, limit)) is not None:
                raise SpentAll(retry_after)
            left = self._rates.spend(payer, limit, max(admitted.cost, 1))
        if not admitted.tells_cost:
            return None
        told: dict[str, Any] = {"requested": admitted.cost, "budget": budget or None, "client": kind.value}
        return told if left is None else told | {"limitPerMinute": limit, "remaining": left}

    def spend_kept(self, scope: Scope) -> bool:
        """Count a guest's request that is given a kept answer; False where all points are spent."""
        client = scope.get("client")
        address = self._counted(client[0] if client else None)
        if not address or not self._address_limit:
            return True
        if self._rates.retry_after(address, self._address_limit) is not None:
            return False
        self._rates.spend(address, self._address_limit, KEPT_POINTS)
        return True

    def _payer(self, connection: Connection, actor: Actor, kind: ClientKind) -> tuple[str | None, int]:
        if kind is ClientKind.ROUTER:
            return None, 0
        if actor.api_key_id is not None:
            return actor.api_key_id, self._limits["api_key"]
        if actor.customer_id is not None:
            return actor.customer_id, self._limits["customer"]
        return self._counted(connection.address), self._address_limit


def kind_of(actor: Actor) -> ClientKind:
    if actor is GUEST:
        return ClientKind.GUEST
    if actor.api_key_id is not None:
        return ClientKind.API_KEY
    if actor.is_staff:
        return ClientKind.STAFF
    if actor.vendor_ids:
        return ClientKind.VENDOR
    return ClientKind.CUSTOMER if actor.is_authenticated else ClientKind.GUEST


def counted_as(host: str | None, *, proxies: AbstractSet[str]) -> str | None:
    """Whom an address stands for; None for what is no address, or that of a proxy."""
    if not host or host in proxies:
        return None
    try:
        ip_address(host)
    except ValueError:
        return None
    return client(host)
