"""Kept answers of a web process, put together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cache

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.types import ASGIApp

from domain.shared.making import dataclass
from execution import AnswerKeeper, Answers, AnswersSettings
from loaders.sources import PRODUCTS
from server.allowance import Allowance
from server.answers.audience import audience_of
from server.answers.following import Follower
from server.answers.front import AnswerFront
from server.answers.metrics import AnswerMetrics
from server.answers.moments import Moments
from server.answers.release import release_of
from server.answers.shared import RedisAnswers
from server.wiring import Parts

type Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]

present_release = cache(release_of)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a web process keeps answers by. Nothing is kept before it follows the changes."""

    answers: Answers
    keeper: AnswerKeeper
    follower: Follower
    release: Callable[[], str]

    def before(self, app: ASGIApp, allowance: Allowance) -> ASGIApp:
        """The application, with the short way to answers before it."""
        return AnswerFront(app, answers=self.answers, allowance=allowance)

    def while_following(self, lifespan: Lifespan) -> Lifespan:
        """The same lifespan, during which changes are followed."""

        @asynccontextmanager
        async def following(app: Starlette) -> AsyncIterator[None]:
            async with lifespan(app):
                task = asyncio.create_task(self._follow())
                try:
                    yield
                finally:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

        return following

    async def _follow(self) -> None:
        """Find out the release first, beside the first requests: nothing is kept before changes are followed."""
        await asyncio.to_thread(self.release)
        await self.follower.run()


def keeping_of(
    parts: Parts, registry: CollectorRegistry, *, release: Callable[[], str] = present_release
) -> Keeping | None:
    """None where the settings turn it off. Processes share answers with those of the same `release` alone."""
    settings = parts.settings
    if not settings.commerce_kept_answers:
        return None
    answers = Answers(
        AnswersSettings(
            max_bytes=settings.commerce_kept_answer_megabytes << 20, stale_seconds=settings.commerce_stale_seconds
        ),
        shared=RedisAnswers(parts.redis),
    )
    AnswerMetrics(answers, registry)
    keeper = AnswerKeeper(
        answers,
        release=release,
        audience_of=audience_of,
        coarse=PRODUCTS,
        right_until=Moments(parts.services.reference).next_after,
    )
    follower = Follower(parts.pool, parts.news, parts.services.reference, answers)
    return Keeping(answers, keeper, follower, release)
