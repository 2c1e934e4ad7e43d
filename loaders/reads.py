"""What the reads of one request have in common."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, overload

from aiodataloader import DataLoader

from domain.pricing.context import RequestContext
from domain.shared.actor import Actor
from domain.shared.ids import ProductId
from loaders.sources import Read, SourcesOf, noting, unknown
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
    stamps: dict[ProductId, int | None] = field(default_factory=dict)
    """The stamps of products as they were read in this request: what is kept of them needs not be read again."""

    @property
    def language(self) -> str:
        return self.request.language

    def note(self, *sources: str) -> None:
        """What is read rests on these too."""
        if self.sources is not None:
            self.sources.update(sources)


STEPS_OF_A_DISPATCH = 3
"""Of the event loop, from when a dataloader is asked for a key until it calls its batch function."""

type Batch[Key, Value] = Callable[[Any, Sequence[Key]], Awaitable[Sequence[Value]]]
"""Reads the values of many keys at once, in their order. Its first argument is the request's `Loaders`."""


class Round:
    """Keys that are read together. The first who asks reads them; the others wait until it `is_over`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.keys: dict[Any, None] = {}
        self.is_over: asyncio.Future[None] = loop.create_future()


class SharedLoader(DataLoader[Any, Any]):
    """A dataloader that reads many keys for one wait, and whose readers can be canceled one by one.

    A failed field cancels its siblings, and a cancellation reaches the very future that is awaited. Without a shield it
    would cancel the cached one, and with it every other field that reads the same key.
    """

    def __init__(self, read: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]) -> None:
        super().__init__(self.outcomes)
        self._read = read
        self._outcomes: dict[Any, Any] = {}
        self._rounds: dict[Any, Round] = {}
        """For each key that is being read, with which others."""
        self._next: Round | None = None

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
        known = self._outcomes
        while unknown := [key for key in keys if key not in known]:
            await self._known(unknown)
        return [known[key] for key in keys]

    async def _known(self, keys: Sequence[Any]) -> None:
        """Take part in a round in which some of the keys are read."""
        asked = next((found for key in keys if (found := self._rounds.get(key)) is not None), None) or self._next
        if asked is not None:
            if asked is self._next:
                self._join(asked, keys)
            await asyncio.wait([asked.is_over])
            return
        own = self._next = Round(self.loop)
        self._join(own, keys)
        try:
            await self._begun()
            self._next = None
            await self._read_round(list(own.keys))
        finally:  # canceled or not: whoever waits looks what is known by now
            if self._next is own:
                self._next = None
            for key in own.keys:
                del self._rounds[key]
            own.is_over.set_result(None)

    def _join(self, round: Round, keys: Sequence[Any]) -> None:
        for key in keys:
            if key not in self._rounds:
                round.keys[key] = None
                self._rounds[key] = round

    async def _begun(self) -> None:
        """Let all who ask at this step of the event loop take part; those who ask for single keys are slower."""
        await asyncio.sleep(0)
        if self._queue:
            for _ in range(STEPS_OF_A_DISPATCH):
                await asyncio.sleep(0)

    async def _read_round(self, keys: Sequence[Any]) -> None:
        outcomes: Sequence[Any]
        try:
            outcomes = await self._read(keys)
            assert len(outcomes) == len(keys), "a batch function answers as many as it is asked for"
        except Exception as error:  # noqa: BLE001 - told to everybody who reads any of them
            outcomes = [error] * len(keys)
        self._outcomes.update(zip(keys, outcomes, strict=True))


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

        read: Read = partial(self._batch, reads)
        if reads.sources is not None:
            read = noting(read, self._sources_of, reads.sources)
        made: DataLoader[Key, Value] = SharedLoader(read)
        reads.__dict__[self._name] = made
        return made
