"""What was built of lasting objects, shown again as long as it would be built the same.

Pages show the same few objects over and over. Where a type is `lasting`, and resolvers say what their outcomes rest on
(`execution.declared`), what stands below their fields is built once. From then on each ground is asked whether it still
has the very same for the same keys, which is all that these resolvers could find out.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from execution.begun import begun
from execution.compiled.lasting import Lasting
from execution.compiled.replay import Record
from execution.compiled.selections import Use

ENTRY_VALUES = 10
"""What it takes to remember an object, beside the values of its fields."""

type Keys = Sequence[Hashable]
type Found = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Objects at one position of a run, and the dictionaries that their fields belong in.

    `surroundings`: the variables that the fields look at, and whom they are shown to.
    """

    lasting: Lasting
    dicts: list[dict[str, Any]]
    sources: list[Any]
    surroundings: Hashable


@dataclass(frozen=True, slots=True)
class Shown:
    """What the fields of `source` came to, which count for `size` values, and what each ground had for which keys."""

    source: Any
    keys: Sequence[Keys]
    found: Sequence[Found]
    fields: Mapping[str, Any]
    size: int


class Shelf:
    """What was shown, of about so many values in all; what was not looked for longest goes first."""

    def __init__(self, max_values: int = 40_000) -> None:
        self._max_values = max_values
        self._values = 0
        self._shown: OrderedDict[Hashable, Shown] = OrderedDict()

    def __len__(self) -> int:
        return len(self._shown)

    def of(self, asked: Asked) -> list[Shown | None]:
        """What was shown of each object. Objects are told apart by their identity, so they are kept with it."""
        number, surroundings, shown = asked.lasting.number, asked.surroundings, self._shown
        found: list[Shown | None] = []
        for source in asked.sources:
            key = number, id(source), surroundings
            known = shown.get(key)
            if known is not None:
                shown.move_to_end(key)
            found.append(known)
        return found

    def put(self, asked: Asked, shown: Shown) -> None:
        key = asked.lasting.number, id(shown.source), asked.surroundings
        former = self._shown.pop(key, None)
        self._shown[key] = shown
        self._values += _weight(shown) - (0 if former is None else _weight(former))
        while self._values > self._max_values:
            self._values -= _weight(self._shown.popitem(last=False)[1])


def _weight(shown: Shown) -> int:
    return ENTRY_VALUES + shown.size


class Again:
    """What was shown of objects before, and whether that would be built the same."""

    def __init__(self, shelf: Shelf, asked: Asked, context: Any) -> None:
        grounds = asked.lasting.grounds
        self._asked = asked
        self._context = context
        self._known = shelf.of(asked)
        self._shown = [each for each in self._known if each is not None]
        self._keys = [[key for each in self._shown for key in each.keys[at]] for at in range(len(grounds))]
        self._found = [ground.known(context, keys) for ground, keys in zip(grounds, self._keys, strict=True)]

    @property
    def is_known(self) -> bool:
        """Whether nothing has to be waited for."""
        return None not in self._found

    async def wait(self) -> None:
        """Have everything looked up. What fails has to be built: its resolvers say what it comes to."""
        waiting = [at for at, found in enumerate(self._found) if found is None]
        grounds = self._asked.lasting.grounds
        looking = [grounds[at].found(self._context, self._keys[at]) for at in waiting]
        try:
            found = [await looking[0]] if len(looking) == 1 else await asyncio.gather(*map(begun, looking))
        except Exception:  # noqa: BLE001 - told where it belongs
            self._known, self._shown = [None] * len(self._known), []
            return
        for at, each in zip(waiting, found, strict=True):
            self._found[at] = each

    def show(self) -> tuple[int, Asked | None]:
        """Fill in what is the same; how many values that were, and what has to be built, if anything."""
        same = iter(self._are_same())
        asked, size = self._asked, 0
        dicts, sources = [], []
        for shown, made, source in zip(self._known, asked.dicts, asked.sources, strict=True):
            if shown is not None and next(same):
                made.update(shown.fields)
                size += shown.size
            else:
                dicts.append(made)
                sources.append(source)
        asked.lasting.note_shown_again(len(asked.dicts) - len(dicts))
        return size, replace(asked, dicts=dicts, sources=sources) if dicts else None

    def _are_same(self) -> list[bool]:
        """Of each that was shown, whether every ground still has the very same for it."""
        same = [True] * len(self._shown)
        for ground, found in enumerate(self._found):
            now = iter(found or ())  # nothing where there is nothing to compare
            for at, shown in enumerate(self._shown):
                for value in shown.found[ground]:
                    if next(now) is not value:
                        same[at] = False
        return same


def remember(shelf: Shelf, built: Asked, records: Sequence[Record], context: Any) -> None:
    """Put what was built on the shelf. The records are of the whole run, in which nothing was unusual."""
    lasting = built.lasting
    if not lasting.is_worth_remembering(len(built.sources)):
        return
    owners: dict[int, int] = {}
    sizes = [_owned(made, lasting.fields, owners, at) for at, made in enumerate(built.dicts)]
    for at, keys in enumerate(_keys(built, owners, records)):
        found = [ground.known(context, own) for ground, own in zip(lasting.grounds, keys, strict=True)]
        if None not in found:
            fields = {field.key: built.dicts[at][field.key] for field in lasting.fields}
            shelf.put(built, Shown(built.sources[at], keys, [tuple(each or ()) for each in found], fields, sizes[at]))


def _owned(made: dict[str, Any], fields: Iterable[Use], owners: dict[int, int], at: int) -> int:
    """How many values these fields count for; notes whose the dictionary is, and all those below it."""
    owners[id(made)] = at
    return sum(_owned_below(made[field.key], field, field.list_depth, owners, at) for field in fields)


def _owned_below(value: Any, field: Use, depth: int, owners: dict[int, int], at: int) -> int:
    if value is None:
        return 0
    if depth:
        return len(value) + sum(_owned_below(item, field, depth - 1, owners, at) for item in value)
    if field.below is None:
        return 0
    uses = field.below.uses
    return len(uses) + _owned(value, [use for use in uses.values() if isinstance(use, Use)], owners, at)


def _keys(built: Asked, owners: Mapping[int, int], records: Sequence[Record]) -> list[list[Keys]]:
    """Of each object, by which keys its fields and those below were looked up in each ground."""
    places = {ground: at for at, ground in enumerate(built.lasting.grounds)}
    keys: list[list[dict[Hashable, None]]] = [[{} for _ in places] for _ in built.sources]
    for record in records:
        rests_on = record.field.answer.rests_on
        if record.field not in built.lasting.within or rests_on is None or rests_on.ground is None:
            continue
        place = places[rests_on.ground]
        for made, source in zip(record.dicts, record.sources, strict=True):
            owner, key = owners.get(id(made)), rests_on.key_of(source)
            if owner is not None and key is not None:
                keys[owner][place][key] = None
    return [[tuple(own) for own in each] for each in keys]
