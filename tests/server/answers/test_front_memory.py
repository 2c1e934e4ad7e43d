"""What the short way to kept answers takes of a process's memory is bounded."""

from collections.abc import AsyncIterator
from typing import Any
from weakref import ref

import httpx2
import pytest

from execution import Answers, AnswersSettings, KeptAnswer, Result
from execution.caching import NOT_KEPT
from server.allowance import Allowance
from server.answers import front
from server.answers.front import AnswerFront
from server.graphql_input import Media
from server.graphql_kept import send_kept
from server.rates import Rates
from server.settings import Settings

BODY_BYTES = 10_000
MAX_BYTES = 100_000


class Pages:
    """An application whose answers are all kept, behind the short way."""

    def __init__(self) -> None:
        self.answers = Answers(AnswersSettings(max_bytes=MAX_BYTES))
        self.answers.begin(10)
        self.made: list[ref[KeptAnswer]] = []
        app: Any = AnswerFront(self._answer, answers=self.answers, allowance=Allowance(Settings(), Rates()))
        self._client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://shop")

    async def ask(self, page: str) -> bytes:
        answer = await self._client.get("/graphql", params={"page": page})
        return answer.content

    @property
    def held_bytes(self) -> int:
        return sum(len(answer.body) for each in self.made if (answer := each()) is not None)

    @property
    def known(self) -> int:
        """How many were answered by the short way."""
        return self.answers.figures.hits["front"]

    async def close(self) -> None:
        await self._client.aclose()

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        async def make(moment: int) -> KeptAnswer:
            body = scope["query_string"].ljust(BODY_BYTES)
            answer = KeptAnswer(body, frozenset({"store"}), moment, self.answers.now() + 60)
            self.made.append(ref(answer))
            return answer

        kept = await self.answers.answer(scope["query_string"].decode(), make)
        assert isinstance(kept, KeptAnswer)
        await send_kept(send, scope, dict(scope["headers"]), Result(kept=kept), Media.JSON, NOT_KEPT)


@pytest.fixture
async def pages() -> AsyncIterator[Pages]:
    pages = Pages()
    yield pages
    await pages.close()


async def test_what_made_room_on_the_shelf_is_not_held_for_those_who_asked_for_it(pages: Pages):
    for number in range(50):
        first, *others = [await pages.ask(f"{number}") for _ in range(4)]
        assert others == [first] * 3

    assert pages.known == 100
    assert 0 < pages.held_bytes <= MAX_BYTES


async def test_what_has_made_room_is_made_anew(pages: Pages):
    for _ in range(3):
        first = await pages.ask("first")
    for number in range(20):
        await pages.ask(f"{number}")

    made = len(pages.made)

    assert await pages.ask("first") == first
    assert len(pages.made) == made + 1


async def test_requests_are_remembered_up_to_so_many_bytes(pages: Pages, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(front, "MAX_BYTES", 3 * 2_500)
    for number in range(5):
        for _ in range(2):
            await pages.ask(f"{number}")
    assert pages.known == 0

    for number in reversed(range(5)):
        await pages.ask(f"{number}")

    assert pages.known == 3
