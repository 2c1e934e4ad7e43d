"""Answers made by hand: when a test lets them be."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from execution import Answers, AnswersSettings, KeptAnswer, Result, SharedAnswers

LIFE_SECONDS = 60.0


@dataclass
class Clock:
    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Maker:
    """Makes an answer of what the data is when it begins to read; `gate` holds it up after that."""

    answers: Answers
    clock: Clock
    value: str = "old"
    sources: Iterable[str] = ("product_1", "store")
    gate: asyncio.Event | None = None
    made: list[str] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    is_kept: bool = True
    fails: bool = False

    async def __call__(self, moment: int) -> KeptAnswer | Result:
        value, gate = self.value, self.gate
        self.made.append(value)
        self.began.set()
        if gate is not None:
            await gate.wait()
        if self.fails:
            raise ZeroDivisionError
        if not self.is_kept:
            return Result({"value": value}, errors=[{"extensions": {"code": "X"}}])
        body = b'{"data":{"value":"%s"}}' % value.encode()
        return KeptAnswer(body, frozenset(self.sources), moment, self.clock() + LIFE_SECONDS)

    async def ask(self, name: str = "name") -> str:
        """What whoever asks for this is answered."""
        found = await self.answers.answer(name, self)
        if isinstance(found, Result):
            assert found.data is not None
            return str(found.data["value"])
        return found.body.split(b'"')[5].decode()


@dataclass
class SharedShelf:
    """Where two `Answers` share what they have, as Redis does for processes."""

    kept: dict[str, bytes] = field(default_factory=dict)

    async def get(self, name: str) -> KeptAnswer | None:
        found = self.kept.get(name)
        return KeptAnswer.from_bytes(found) if found is not None else None

    def put(self, name: str, answer: KeptAnswer) -> None:
        self.kept[name] = answer.to_bytes()


def make_answers(
    clock: Clock | None = None, *, shared: SharedAnswers | None = None, moment: int = 10, **settings: float
) -> Answers:
    """Answers that have seen all changes up to `moment`, and do not go blind while a test runs."""
    named = AnswersSettings(**{"blind_seconds": 3600.0, **settings})  # type: ignore[arg-type] # bytes are whole
    answers = Answers(named, shared=shared, clock=clock or Clock())
    answers.begin(moment)
    return answers


def make_maker(answers: Answers | None = None, clock: Clock | None = None, **options: object) -> Maker:
    clock = clock or Clock()
    return Maker(answers or make_answers(clock), clock, **options)  # type: ignore[arg-type] # by name
