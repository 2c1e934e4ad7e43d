"""Documents that hypothesis-graphql makes of the schema, put by each kind of party: no fault, no leak, in good time."""

import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from schema.root import schema
from tests.abuse.conftest import world
from tests.abuse.documents import root_fields
from tests.abuse.listening import heard_within
from tests.abuse.test_bad_input import check
from tests.abuse.world import World
from tests.clients.node import SCRIPTS
from tests.clients.test_typed_clients import python

__all__ = ["world"]

PARTIES = ("guest", "ada", "val", "stacy")
MAX_CPU_SECONDS = 1.0
NAME = re.compile("@[a-z0-9_]+@")
LISTENING_SECONDS = 0.3
FIELDS = root_fields()


@pytest.mark.parametrize("name", PARTIES)
async def test_a_few_documents_for_every_root_field(world: World, name: str):
    outcomes = await put(world, name, documents(world, 2))

    assert len(FIELDS) < outcomes.total()
    assert outcomes["ok"] > 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", PARTIES)
async def test_many_documents_for_every_root_field(world: World, name: str):
    outcomes = await put(world, name, documents(world, 40))

    assert outcomes.total() > 20 * len(FIELDS)
    assert outcomes["ok"] > outcomes.total() / 20


def documents(world: World, count: int) -> list[tuple[str, str]]:
    """So many for each root field at the most, with the field that each asks for; what ends the session comes last."""
    ids = dict(ids_of(world))
    found = [(field, NAME.sub(lambda name: ids[name[0]], text)) for field, text in made(tuple(ids), count)]
    return sorted(found, key=lambda each: each[0] == "Mutation.signOut")


def ids_of(world: World) -> Iterator[tuple[str, str]]:
    """Each id by a name that stays the same from shop to shop."""
    yield from ((f"@{kind}@", id) for kind, id in world.things.items())
    for buyer, bought in world.bought.items():
        yield from ((f"@{buyer}_{place}@", id) for place, id in enumerate(bought.ids))
        of_vendors = [id for vendor_id in bought.parts for id in bought.of_vendor(vendor_id)]
        yield from ((f"@{buyer}_part_{place}@", id) for place, id in enumerate(of_vendors))


@cache
def made(ids: tuple[str, ...], count: int) -> list[tuple[str, str]]:
    """The documents, with names in the place of ids."""
    asked = {"sdl": schema.whole_sdl, "ids": ids, "fields": FIELDS, "count": count}
    done = subprocess.run(
        [python() / "python", SCRIPTS / "documents.py"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return [(f"{root}.{field}", document) for root, field, document in map(json.loads, done.stdout.splitlines())]


async def put(world: World, name: str, cases: Sequence[tuple[str, str]]) -> Counter[str]:
    """How often each outcome was seen."""
    outcomes: Counter[str] = Counter()
    for field, document in cases:
        started = time.process_time()
        status, answers = await answers_to(world, name, field, document)
        told = f"{name} {field}\n{document[:3000]}\n{status} {answers}"[:6000]
        assert time.process_time() - started < MAX_CPU_SECONDS, told
        for answer in answers:
            check(status, answer, told)
            assert [word for word in world.hidden_from(name) if word in answer and word not in document] == [], told
            outcomes[outcome_of(answer)] += 1
    return outcomes


async def answers_to(world: World, name: str, field: str, document: str) -> tuple[int, list[str]]:
    """One, or of a subscription those that are soon there."""
    if field.startswith("Subscription."):
        return 200, await heard_within(world, name, document, LISTENING_SECONDS)
    response = await world[name].post(document)
    return response.status_code, [response.text]


def outcome_of(answer: str) -> str:
    errors = json.loads(answer).get("errors")
    return errors[0]["extensions"]["code"] if errors else "ok"
