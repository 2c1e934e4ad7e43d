"""What the reads of one request have in common."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload

from aiodataloader import DataLoader

from domain.pricing.context import RequestContext
from domain.shared.actor import Actor
from loaders.sources import SourcesOf, noting, unknown
from persistence.pricing.reference import Reference
from persistence.statement import Pool


@dataclass(frozen=True)
class Reads:
    """Where to read, for whom, and which moment counts as now."""

    pool: Pool
    request: RequestContext
    actor: Actor
    now: datetime
    reference: Reference
    sources: set[str] | None = None
    """Where loaders note what they read, if the answer may be kept."""

    @property
    def language(self) -> str:
        return self.request.language

    def note(self, *sources: str) -> None:
        """What is read rests on these too."""
        if self.sources is not None:
            self.sources.update(sources)


type Batch[Key, Value] = Callable[[Any, Sequence[Key]], Awaitable[Sequence[Value]]]
"""Reads the values of many keys at once, in their order. Its first argument is the request's `Loaders`."""


class SharedLoader(DataLoader[Any, Any]):
    """A dataloader whose readers can be canceled one by one.

    A failed field cancels its siblings, and a cancellation reaches the very future that is awaited. Without a shield it
    would cancel the cached one, and with it every other field that reads the same key.
    """

    def load(self, key: Any) -> "asyncio.Future[Any]":
        return asyncio.shield(super().load(key))

    async def load_many(self, keys: Iterable[Any]) -> list[Any]:  # type: ignore[override] # to be awaited, as theirs
        """What is found for each key; raises the first failure."""
        outcomes = await self.outcomes(list(keys))
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return outcomes

    async def outcomes(self, keys: Sequence[Any]) -> list[Any]:
        """What is found for each key; where reading failed, the exception. Read with whatever else is asked for now.

        It costs one wait in all, where `load` costs one for each key.
        """
        load = super().load
        found = {key: load(key) for key in dict.fromkeys(keys)}
        for future in found.values():
            if not future.done():  # the first of a batch: the others come with it
                await asyncio.wait([future])
        return [found[key].exception() or found[key].result() for key in keys]


class loader[Key, Value]:  # noqa: N801 - used like a decorator
    """A dataloader of a request, made when first used: `product = loader(catalog.products, of_products)` in `Loaders`.

    `sources_of` says whose changes end an answer that is made of what it found.
    """

    def __init__(self, batch: Batch[Key, Value], sources_of: SourcesOf = unknown) -> None:
        self._batch = batch
        self._sources_of = sources_of

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, reads: None, owner: type) -> "loader[Key, Value]": ...
    @overload
    def __get__(self, reads: Reads, owner: type) -> "DataLoader[Key, Value]": ...
    def __get__(self, reads: Reads | None, owner: type) -> "loader[Key, Value] | DataLoader[Key, Value]":
        if reads is None:
            return self

        async def read(keys: Sequence[Any]) -> list[Any]:
            return list(await self._batch(reads, keys))

        noted = read if reads.sources is None else noting(read, self._sources_of, reads.sources)
        made: DataLoader[Key, Value] = SharedLoader(noted)
        reads.__dict__[self._name] = made
        return made
