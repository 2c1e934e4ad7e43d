"""The answers that one process holds."""

from collections import OrderedDict
from collections.abc import Iterator

from execution.answers.answer import KeptAnswer


class Shelf:
    """Answers by their names, those used last, up to so many bytes; and which of them were made of what."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._answers: OrderedDict[str, KeptAnswer] = OrderedDict()
        self._names_of: dict[str, set[str]] = {}
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, name: str) -> KeptAnswer | None:
        found = self._answers.get(name)
        if found is not None:
            self._answers.move_to_end(name)
        return found

    def put(self, name: str, answer: KeptAnswer) -> None:
        """Keep the answer in the place of any other of that name; those used longest ago make room."""
        self.drop(name)
        self._answers[name] = answer
        self.size_bytes += answer.size_bytes
        for source in answer.sources:
            self._names_of.setdefault(source, set()).add(name)
        while self.size_bytes > self._max_bytes:
            self.drop(next(iter(self._answers)))

    def drop(self, name: str) -> None:
        """Forget the answer, if there is one; whoever has it is told that it is not current any more."""
        answer = self._answers.pop(name, None)
        if answer is None:
            return
        answer.is_current = False
        self.size_bytes -= answer.size_bytes
        self._forget_sources(name, answer)

    def made_of(self, source: str) -> Iterator[tuple[str, KeptAnswer]]:
        """The answers that were made of this, by their names."""
        for name in tuple(self._names_of.get(source, ())):
            yield name, self._answers[name]

    def clear(self) -> None:
        for name in tuple(self._answers):
            self.drop(name)

    def _forget_sources(self, name: str, answer: KeptAnswer) -> None:
        for source in answer.sources:
            names = self._names_of[source]
            names.discard(name)
            if not names:
                del self._names_of[source]
