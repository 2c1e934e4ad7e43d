"""Free text in what somebody asks for: card numbers are taken out before anything else sees it (rule Y10)."""

from collections.abc import Hashable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, cast

from domain.shared.making import replace
from domain.shared.text import without_card_numbers

FREE_TEXT = frozenset(
    {
        "city",
        "comment",
        "company",
        "condition",
        "first_name",
        "gift_message",
        "last_name",
        "line1",
        "line2",
        "note",
        "po_number",
        "reason",
    }
)
"""Names under which people write what they like. Phone and tracking numbers look like cards by chance, and are not."""


def without_cards[Command](command: Command) -> Command:
    """The command, and all that is in it, with a mask in the place of card numbers in free text."""
    whole: Any = command
    changed = dict(_changes(whole))
    return cast("Command", replace(whole, **changed)) if changed else command


def _changes(command: Any) -> Iterator[tuple[str, Any]]:
    for name in _names(type(command)):  # type: ignore[arg-type] # mypy takes no class to be hashable
        before = getattr(command, name)
        if isinstance(before, str):
            after: Any = without_card_numbers(before) if name in FREE_TEXT else before
        elif isinstance(before, tuple):
            after = tuple([without_cards(item) for item in before])
        elif _names(type(before)):  # type: ignore[arg-type] # the same
            after = without_cards(before)
        else:
            continue
        if after is not before and after != before:
            yield name, after


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    """The fields of a class, if it has some."""
    return tuple([field.name for field in fields(kind) if field.init]) if is_dataclass(kind) else ()
