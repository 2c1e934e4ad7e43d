"""Nobody learns that something is there by naming it: what is another's is answered as what is not there."""

import json
from typing import Any

import pytest
from graphql import get_named_type

from persistence.ids import new_id
from tests.abuse.documents import Place, document, places, with_value
from tests.abuse.good import good_arguments
from tests.abuse.test_access_by_party import SEEN, ids
from tests.abuse.world import World

NOT_ASKED = {"BAD_USER_INPUT", "FORBIDDEN", "UNAUTHENTICATED"}
NAMED = [place for place in places() if get_named_type(place.type).name == "ID" and place.root != "Subscription"]


async def answer(world: World, name: str, place: Place, id_: str) -> Any:
    """The answer, without the id that it may repeat."""
    value = [id_] if str(place.type).startswith("[") else id_
    arguments = with_value(good_arguments(world, name)[f"{place.root}.{place.field}"], place.path, value)
    found = await world[name].told(document(place.root, place.field), **arguments)
    return json.loads(json.dumps(found).replace(id_, "ID"))


def codes(found: Any) -> set[str]:
    return {error["extensions"]["code"] for error in found.get("errors", [])}


def refused(found: Any) -> bool:
    """Not where it makes no difference, as for taking off a list what never was on it."""
    payload = next(iter((found.get("data") or {}).values()), None)
    return payload is None or bool(isinstance(payload, dict) and payload.get("errors"))


@pytest.mark.parametrize("name", ["guest", "grace", "val"])
async def test_what_is_anothers_is_answered_as_what_is_not_there(world: World, name: str):
    hidden = {kind: id_ for kind, id_ in (await ids(world)).items() if name not in SEEN[kind]}
    told = []
    for place in NAMED:
        for kind, id_ in hidden.items():
            nothing = await answer(world, name, place, new_id(id_.rpartition("_")[0]))
            if codes(nothing) & NOT_ASKED:
                continue
            found = await answer(world, name, place, id_)
            if found != nothing and (refused(found) or refused(nothing)):
                told.append((str(place), kind, found, nothing))
    assert told == []
