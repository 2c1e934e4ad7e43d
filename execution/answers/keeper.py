"""Which answers are kept, and under which name."""

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from math import inf
from typing import Any, Protocol

import orjson
from graphql import OperationType

from execution.answers.answer import KeptAnswer, collapsed
from execution.answers.answers import Answers
from execution.answers.history import EVERYTHING
from execution.executor import AdmittedOperation
from execution.responses import Result

UNKNOWN = "unknown"
"""A source that nobody follows: what was made of it is not kept."""

MAX_SOURCES = 512


class Recorded(Protocol):
    """A context that can note what is read for an answer."""

    def record_sources(self) -> set[str]:
        """Begin to note; the set grows while the operation runs."""


class AnswerKeeper:
    """Keeps what the schema says everybody may keep, of those who are nobody in particular.

    `release` tells versions of the program apart, so that none reads what another one wrote. `audience_of` names what
    an answer depends on beside its document and variables; None for a context whose answers are its client's alone.
    `coarse` is the source that stands for all that have an id, where they are too many. `right_until` tells when
    something changes by itself after a moment, both in seconds since 1970: no answer from before is kept beyond it.
    """

    def __init__(
        self,
        answers: Answers,
        *,
        release: Callable[[], str],
        audience_of: Callable[[Any], str | None],
        coarse: str = EVERYTHING,
        right_until: Callable[[float], float] = lambda _: inf,
    ) -> None:
        self._answers = answers
        self._release = release
        self._audience_of = audience_of
        self._coarse = coarse
        self._right_until = right_until

    async def answer(self, admitted: AdmittedOperation, context: Any, run: Callable[[], Awaitable[Result]]) -> Result:
        """What `run` answers, or did answer to somebody who asked the same."""
        name = self._name(admitted, context)
        if name is None:
            return await run()

        async def make(moment: int) -> KeptAnswer | Result:
            now = self._answers.now()
            expires_at = min(now + admitted.operation.cache_policy.max_age_seconds, self._right_until(now))
            return self._made(context.record_sources(), await run(), moment, expires_at)

        found = await self._answers.answer(name, make)
        return found if isinstance(found, Result) else Result(kept=found)

    def _made(self, sources: set[str], result: Result, moment: int, expires_at: float) -> KeptAnswer | Result:
        if result.errors or result.extensions:
            return self._bypassed("errors", result)
        if UNKNOWN in sources:
            return self._bypassed("unknown source", result)
        found = collapsed({*sources, EVERYTHING}, max_sources=MAX_SOURCES, coarse=self._coarse)
        return KeptAnswer(result.to_bytes(), found, moment, expires_at)

    def _bypassed(self, reason: str, result: Result) -> Result:
        self._answers.figures.bypasses[reason] += 1
        return result

    def _name(self, admitted: AdmittedOperation, context: Any) -> str | None:
        """None for what is not kept."""
        operation = admitted.operation
        if operation.type is not OperationType.QUERY:
            return None
        policy = operation.cache_policy
        audience = self._audience_of(context)
        if not policy.max_age_seconds or policy.is_private:
            reason = "not public"
        elif audience is None:
            reason = "known client"
        elif admitted.tells_cost:
            reason = "tells cost"
        elif not self._answers.is_seeing:
            reason = "blind"
        else:
            asked = (self._release(), operation.document_sha256, operation.name, audience, admitted.variables.coerced)
            return _digest(asked)
        self._answers.figures.bypasses[reason] += 1
        return None


def _digest(asked: tuple[Any, ...]) -> str:
    """The same for the same values, whatever order they came in."""
    text = orjson.dumps(asked, default=repr, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return blake2b(text, digest_size=20).hexdigest()
