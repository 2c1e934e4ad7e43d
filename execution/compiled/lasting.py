"""Which fields of an operation can be shown again: those of lasting objects that only declared things rest on."""

from collections.abc import Collection, Sequence
from itertools import count

from graphql import get_named_type, is_leaf_type

from execution.compiled.selections import ResolvedField, Selection, Use
from execution.declared import Ground, is_lasting

TRIALS = 200
"""How many objects are remembered before any of them has been shown again."""
SELDOM = 16
"""Where it has not been worth it to remember, each so many runs try whether it is by now."""


class Lasting:
    """The fields of a selection that are shown again, and what they depend on beside the object.

    `others` are its fields that have to be resolved each time. `within` is all fields with resolvers that are shown
    again, those below others as well. Compared by identity.
    """

    _numbers = count()

    def __init__(
        self, selection: Selection, fields: Sequence[ResolvedField], within: Collection[ResolvedField]
    ) -> None:
        self.number = next(self._numbers)
        self.fields = fields
        self.others = [field for field in selection.resolved if field not in fields]
        self.within = within
        grounds = [field.answer.rests_on.ground for field in within if field.answer.rests_on is not None]
        self.grounds: Sequence[Ground] = tuple(dict.fromkeys(ground for ground in grounds if ground is not None))
        self.variables = tuple(sorted({name for field in within for name in field.answer.variables}))
        self._worth = TRIALS
        self._runs = 0

    def is_worth_remembering(self, objects: int) -> bool:
        """Whether objects are shown again that are remembered."""
        self._runs += 1
        if self._worth < objects:
            return self._runs % SELDOM == 0
        self._worth -= objects
        return True

    def note_shown_again(self, objects: int) -> None:
        self._worth = min(self._worth + objects, TRIALS)


def mark_lasting(selection: Selection) -> None:
    """Find what of this selection can be shown again, or of those below."""
    shown_again: dict[ResolvedField, set[ResolvedField]] = {}
    if selection.use is not None and is_lasting(selection.parent):
        shown_again = {field: within for field in selection.resolved if (within := _within(field)) is not None}
    if shown_again:
        selection.lasting = Lasting(selection, tuple(shown_again), frozenset().union(*shown_again.values()))
    for use in selection.uses.values():
        if isinstance(use, Use) and use.below is not None and use not in shown_again:
            mark_lasting(use.below)


def _within(use: Use) -> set[ResolvedField] | None:
    """The field and those below it that have resolvers; None if one of these does not say what it rests on."""
    found: set[ResolvedField] = set()
    if isinstance(use, ResolvedField):
        if use.answer.rests_on is None:
            return None
        found.add(use)
    if use.below is None:
        return found if is_leaf_type(get_named_type(use.definition.type)) else None
    for each in use.below.uses.values():
        if isinstance(each, Use):
            within = _within(each)
            if within is None:
                return None
            found |= within
    return found
