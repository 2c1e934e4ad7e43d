"""What the reads of one request have in common."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import cached_property, partial
from typing import Any, overload

from aiodataloader import DataLoader

from domain.pricing.context import RequestContext
from domain.shared.actor import Actor
from domain.shared.making import dataclass
from loaders.sources import Read, SourcesOf, noting, noting_kept, unknown
from persistence.catalog.kept import Resting, Stamps
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
    stamps: Stamps = field(default_factory=Stamps)
    """As they were read in this request: what is kept by them needs not be read again."""

    @property
    def language(self) -> str:
        return self.request.language

    @property
    def resting(self) -> Resting:
        """By what is known which all pages rest on: keep what you read by what this says before you read it."""
        return self.stamps.storefront, self.request.language

    def note(self, *sources: str) -> None:
        """What is read rests on these too."""
        if self.sources is not None:
            self.sources.update(sources)


type Batch[Key, Value] = Callable[[Any, Sequence[Key]], Awaitable[Sequence[Value]]]
"""Reads the values of many keys at once, in their order. Its first argument is the request's `Loaders`."""

type Kept[Key, Value] = Callable[[Any, Sequence[Key]], Mapping[Key, Value]]
"""The values of those keys that need not be read. Its first argument is the request's `Loaders`."""


STEPS_OF_A_DISPATCH = 3
"""Of the event loop, from when a dataloader is asked for a key until it calls its batch function."""


class Round:
    """Keys that are read together. The first who asks reads them; the others wait until it `is_over`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.keys: dict[Any, None] = {}
        self.is_over: asyncio.Future[None] = loop.create_future()


class SharedLoader[Key, Value]:
    """A dataloader that reads many keys for one wait as well, and each key once: what is found first is what counts.

    What is `kept` is not waited for. Readers can be canceled one by one: a failed field cancels its siblings, and they
    must not take along others that read the same key.
    """

    def __init__(
        self,
        read: Callable[[Sequence[Key]], Awaitable[Sequence[Value]]],
        kept: Callable[[Sequence[Key]], Mapping[Key, Value]] | None = None,
    ) -> None:
        self._read = read
        self._kept = kept
        self._outcomes: dict[Key, Any] = {}
        self._rounds: dict[Key, Round] = {}
        """For each key that is being read, with which others."""
        self._next: Round | None = None
        self._are_single_ones_coming = False

    async def load(self, key: Key) -> Value:
        """What is found for the key; raises why nothing could be.

        Shielded, since a cancellation reaches the very future that is awaited, which is that of all who ask for it.
        """
        if (known := self.known((key,))) and not isinstance(known[0], Exception):
            value: Value = known[0]
            return value
        self._are_single_ones_coming = True
        return await asyncio.shield(self._single_ones.load(key))

    @cached_property
    def _single_ones(self) -> DataLoader[Key, Value]:
        """Gathers keys that are asked for one by one, as graphql-core does for one object after another."""
        return DataLoader(self._read_single_ones)

    async def _read_single_ones(self, keys: list[Key]) -> list[Value]:
        self._are_single_ones_coming = False
        return await self.outcomes(keys)

    async def load_many(self, keys: Sequence[Key]) -> list[Value]:
        """What is found for each key; raises the first failure."""
        outcomes = await self.outcomes(keys)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return outcomes

    async def outcomes(self, keys: Sequence[Key]) -> list[Any]:
        """What is found for each key; where reading failed, the exception. Read with whatever else is asked for now."""
        while (known := self.known(keys)) is None:
            await self._read_some([key for key in keys if key not in self._outcomes])
        return known

    def known(self, keys: Sequence[Key]) -> list[Any] | None:
        """The outcomes, if none of them has to be waited for."""
        outcomes = self._outcomes
        if self._kept is not None and (fresh := [key for key in keys if key not in outcomes]):
            outcomes.update(self._kept(fresh))
        try:
            return [outcomes[key] for key in keys]
        except KeyError:
            return None

    def give(self, key: Key, value: Value) -> None:
        """Say what is found for a key, which somebody has read beside something else."""
        self._outcomes.setdefault(key, value)

    async def _read_some(self, keys: Sequence[Key]) -> None:
        """Take part in a round in which some of the keys are read."""
        asked = next((found for key in keys if (found := self._rounds.get(key)) is not None), None) or self._next
        if asked is not None:
            if asked is self._next:
                self._join(asked, keys)
            await asyncio.wait([asked.is_over])
            return
        own = self._next = Round(asyncio.get_running_loop())
        self._join(own, keys)
        try:
            await self._gathered()
            self._next = None
            await self._read_round(list(own.keys))
        finally:  # canceled or not: whoever waits looks what is known by now
            if self._next is own:
                self._next = None
            for key in own.keys:
                del self._rounds[key]
            own.is_over.set_result(None)

    async def _gathered(self) -> None:
        """Let all who ask at this step of the event loop take part; those who ask for single keys are slower."""
        await asyncio.sleep(0)
        if self._are_single_ones_coming:
            for _ in range(STEPS_OF_A_DISPATCH):
                await asyncio.sleep(0)

    def _join(self, round: Round, keys: Sequence[Key]) -> None:
        for key in keys:
            if key not in self._rounds:
                round.keys[key] = None
                self._rounds[key] = round

    async def _read_round(self, keys: Sequence[Key]) -> None:
        outcomes: Sequence[Any]
        try:
            outcomes = await self._read(keys)
            assert len(outcomes) == len(keys), "a batch function answers as many as it is asked for"
        except Exception as error:  # noqa: BLE001 - told to everybody who reads any of them
            outcomes = [error] * len(keys)
        for key, outcome in zip(keys, outcomes, strict=True):
            self._outcomes.setdefault(key, outcome)


class loader[Key, Value]:  # noqa: N801 - used like a decorator
    """A dataloader of a request, made when first used: `product = loader(catalog.products, of_products)` in `Loaders`.

    `sources_of` says whose changes end an answer that is made of what it found; `kept` finds what needs not be read.
    """

    def __init__(
        self, batch: Batch[Key, Value], sources_of: SourcesOf = unknown, kept: Kept[Key, Value] | None = None
    ) -> None:
        self._batch = batch
        self._sources_of = sources_of
        self._kept = kept

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, reads: None, owner: type) -> "loader[Key, Value]": ...
    @overload
    def __get__(self, reads: Reads, owner: type) -> "SharedLoader[Key, Value]": ...
    def __get__(self, reads: Reads | None, owner: type) -> "loader[Key, Value] | SharedLoader[Key, Value]":
        if reads is None:
            return self
        read: Read = partial(self._batch, reads)
        kept: Any = None if self._kept is None else partial(self._kept, reads)
        if reads.sources is not None:
            read = noting(read, self._sources_of, reads.sources)
            kept = kept and noting_kept(kept, self._sources_of, reads.sources)
        made: SharedLoader[Key, Value] = SharedLoader(read, kept)
        reads.__dict__[self._name] = made
        return made
