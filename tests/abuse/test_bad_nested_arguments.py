"""The same for arguments further below: of lists in lists, of the portal and of the administration."""

import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.abuse.bad import as_json, bad_values, many
from tests.abuse.good import good_arguments
from tests.abuse.nested import NestedPlace, nested_document, nested_places
from tests.abuse.test_bad_input import MAX_SECONDS, check
from tests.abuse.world import World

PARTIES = ("stacy", "ada", "val", "guest")
SAMPLE = 150
FEWEST_PLACES = 100


def cases(world: World) -> Iterator[tuple[NestedPlace, Any]]:
    """Every place with every bad value for it, among them the ids of others."""
    foreign = [*world.things.values(), *(id for bought in world.bought.values() for id in bought.ids)]
    for place in nested_places():
        name = place.within.name
        yield from ((place, value) for value in bad_values(place.type, name))
        if name.endswith(("id", "Id", "ids")):
            yield from ((place, value) for value in foreign)
        if (filled := many(place.type, None)) is not None:
            yield place, filled


async def try_all(world: World, name: str, size: int | None) -> None:
    found = list(cases(world))
    if size is not None and size < len(found):
        found = random.Random(name).sample(found, size)
    before = await world.contents()
    for place, value in found:
        await try_one(world, name, place, value)
    assert await world.contents() == before


async def try_one(world: World, name: str, place: NestedPlace, value: Any) -> None:
    variables = {**good_arguments(world, name)[f"Query.{place.trail.root}"], **place.variables(value)}
    body = f'{{"query": {json.dumps(nested_document(place))}, "variables": {as_json(variables)}}}'
    started = time.perf_counter()
    response = await world[name].send(body)
    told = f"{name} {place}\n{body[:3000]}\n{response.status_code} {response.text[:3000]}"
    assert time.perf_counter() - started < MAX_SECONDS, told
    check(response.status_code, response.text, told)
    assert [word for word in world.hidden_from(name) if word in response.text and word not in body] == [], told


@pytest.mark.parametrize("name", PARTIES)
async def test_a_sample_of_bad_values_below_the_roots(world: World, name: str):
    await try_all(world, name, SAMPLE)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", PARTIES)
async def test_every_bad_value_in_every_place_below_the_roots(world: World, name: str):
    await try_all(world, name, None)


async def test_what_leads_to_each_place_is_in_order(world: World):
    """Otherwise the bad value would not be what is refused."""
    places = nested_places()
    for place in places:
        variables = good_arguments(world, "stacy")[f"Query.{place.trail.root}"]
        told = await world["stacy"].told(nested_document(place), **variables)
        codes = {error["extensions"]["code"] for error in told.get("errors", [])}
        assert "GRAPHQL_VALIDATION_FAILED" not in codes, (str(place), told)
    assert len(places) > FEWEST_PLACES
