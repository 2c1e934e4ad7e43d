"""A process that dies at a chosen point: before a statement, around a commit, before or after asking a gateway."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, Self, cast

from domain.payments.ports import PaymentGateway
from persistence.ids import new_id
from persistence.statement import Connection
from persistence.unit_of_work import PostgresUnitOfWork
from tests.factories.buying import Buying

STATEMENTS = frozenset({"execute", "executemany", "fetch", "fetchrow", "fetchval"})


class Crash(BaseException):
    """The end of a process, as far as a use case can tell."""


@dataclass
class Fuse:
    """Lets so many steps pass and crashes the next one."""

    steps: int

    def step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Crash


class CrashingConnection:
    """A connection whose process may die before any statement."""

    def __init__(self, connection: Connection, fuse: Fuse) -> None:
        self._connection = connection
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        if name in STATEMENTS:
            self._fuse.step()
        return getattr(self._connection, name)


class CrashingUnitOfWork(PostgresUnitOfWork):
    fuse: Fuse

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.connection = cast("Connection", CrashingConnection(self.connection, self.fuse))
        return self

    async def commit(self) -> None:
        self.fuse.step()
        await super().commit()
        self.fuse.step()


class CrashingGateway:
    """A gateway that the process may die before asking, or before hearing."""

    def __init__(self, gateway: PaymentGateway, fuse: Fuse) -> None:
        self._gateway = gateway
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)
        return self._mortal(found) if iscoroutinefunction(found) else found

    def _mortal(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def mortal(*arguments: Any, **named: Any) -> Any:
            self._fuse.step()
            answer = await call(*arguments, **named)
            self._fuse.step()
            return answer

        return mortal


@dataclass
class CrashingBuying(Buying):
    fuse: Fuse = None  # type: ignore[assignment] # always given

    def unit_of_work(self) -> PostgresUnitOfWork:
        made = CrashingUnitOfWork(self.pool, reference=self.reference, actor=self.actor, new_id=new_id, news=self.news)
        made.fuse = self.fuse
        return made


def mortal(shop: Buying, steps: int) -> CrashingBuying:
    """The same shop, served by a process that dies after so many steps."""
    fuse = Fuse(steps)
    parts = {name: getattr(shop, name) for name in ("pool", "catalog", "reference", "now", "actor", "news")}
    return CrashingBuying(gateway=CrashingGateway(shop.gateway, fuse), fuse=fuse, **parts)
