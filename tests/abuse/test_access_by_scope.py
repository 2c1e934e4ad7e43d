"""Every object that has an id, and every guarded field of it, for every role: each scope alone is one of them.

`test_access_by_party` says who among people may see what by its id; here stands which scope opens it to staff and to
programs. What the fields ask for is read from the printed SDL (`tests/schema/test_access_matrix.py`).
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.pricing.context import Wish, applied
from domain.shared.actor import STAFF_SCOPE, Actor
from execution import Executor
from resolvers.context import Context
from schema.root import schema
from tests.abuse.documents import object_type
from tests.abuse.test_access_by_party import SEEN, ids
from tests.abuse.world import VENDORS_OF, World
from tests.schema.test_access import selection
from tests.schema.test_access_matrix import SCOPES, Role, Row, guards

OPENED_BY: Mapping[str, set[str]] = {
    "order": {"orders:read"},
    "part": {"orders:read"},
    "other part": {"orders:read"},
    "line": {"orders:read"},
    "other line": {"orders:read"},
    "fulfillment": {"orders:read"},
    "other fulfillment": {"orders:read"},
    "payment": {"orders:read"},
    "cart": {"orders:read"},
    "bought cart": {"orders:read"},
    "customer": {"customers:read"},
    "company": {"customers:read"},
    "return": {"orders:read"},
    "refund": {"orders:read"},
    "gift card": {"balances:read"},
    "promotion": {"promotions:read"},
    "price list": {"catalog:read"},
    "order placed": {"events:read", "orders:read"},
    "warehouse": {"inventory:read"},
    "other warehouse": {"inventory:read"},
    "hidden vendor": {"vendors:read"},
    "hidden offer": {"catalog:read"},
    "draft product": {"catalog:read"},
    "draft variant": {"catalog:read"},
    "draft offer": {"catalog:read"},
    "api key": {"integrations:write"},
    "webhook": {"integrations:read", "integrations:write"},
    "webhook delivery": {"integrations:read", "integrations:write"},
}
"""The scopes each of which shows an object to staff that would not see it without; to programs as `SEEN` has it."""

OF_ADA = {"customer", "order", "cart", "bought cart", "checkout", "bought checkout", "wishlist"}
VENDOR_OF_THING = {
    "part": "vendor",
    "line": "vendor",
    "fulfillment": "vendor",
    "return": "vendor",
    "warehouse": "vendor",
    "offer": "vendor",
    "vendor": "vendor",
    "webhook": "vendor",
    "webhook delivery": "vendor",
    "other part": "other_vendor",
    "other line": "other_vendor",
    "other fulfillment": "other_vendor",
    "other warehouse": "other_vendor",
    "draft offer": "other_vendor",
}
"""Whose an object is, where that says who may read a field of it."""

TYPE = "query($id: ID!) { node(id: $id) { __typename } }"
EXECUTOR = Executor(schema)


@dataclass(frozen=True)
class Seat:
    """A role of the matrix that sits in this world."""

    role: Role
    party: str
    """Whose objects it sees without any scope."""

    def sees(self, thing: str) -> bool:
        """Whether it is to see this object by its id."""
        if self.party in SEEN[thing]:
            return True
        all_seeing = "stacy" if self.role.actor.is_staff else "program"
        return all_seeing in SEEN[thing] and bool(OPENED_BY.get(thing, set()) & self.role.scopes)


async def seats(world: World) -> AsyncIterator[tuple[str, Seat]]:
    actors = {name: await world.parts.authenticator.of_headers(party.headers) for name, party in world.people.items()}
    for party in ("guest", "ada", "grace", "val", "vic", "vendor_program"):
        actor = actors[party]
        vendor = world.things[VENDORS_OF[party]] if party in VENDORS_OF else None
        company = world.things["company"] if party == "ada" else None
        yield party, Seat(Role(actor, actor.customer_id, vendor, company), party)
    for scopes in ((), *((scope,) for scope in SCOPES), tuple(SCOPES)):
        granted = frozenset(scopes)
        staff, program = (
            replace(actors["stan"], scopes=granted | {STAFF_SCOPE}),
            replace(actors["program"], scopes=granted),
        )
        name = "every scope" if len(scopes) > 1 else "".join(scopes) or "no scope"
        yield f"staff with {name}", Seat(Role(staff, staff.customer_id, scopes=staff.scopes), "stan")
        yield f"program with {name}", Seat(Role(program, scopes=granted), "stan")


def row_of(world: World, thing: str) -> Row:
    owner = str(world["ada"].actor.customer_id) if thing in OF_ADA else "customer_nobody"
    vendor = world.things[VENDOR_OF_THING[thing]] if thing in VENDOR_OF_THING else "vendor_nobody"
    return Row(owner, vendor, world.things["company"])


async def answered(world: World, actor: Actor, query: str, id_: str) -> Any:
    services = world.parts.services
    request = applied((await services.reference.facts()).markets, asked=Wish(), preferred=Wish())
    context = Context(services, actor, request, services.now(), "trace")
    return await EXECUTOR.execute(query, {"id": id_}, None, context)


async def seen_type(world: World, actor: Actor, id_: str) -> str | None:
    found = (await answered(world, actor, TYPE, id_)).data["node"]
    return found and str(found["__typename"])


async def outcome(world: World, actor: Actor, id_: str, of: str, name: str) -> str:
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on {of} {{ {selection(of, name)} }} }} }}"
    errors = (await answered(world, actor, query, id_)).errors
    return str(errors[0]["extensions"]["code"]) if errors else "shown"


async def test_every_object_and_every_guarded_field_of_it_is_shown_to_exactly_those_who_may_see_it(world: World):
    named = await ids(world)
    wrong: list[tuple[str, str, object, object]] = []
    asked = 0
    async for name, seat in seats(world):
        for thing, id_ in named.items():
            of = await seen_type(world, seat.role.actor, id_)
            if (of is not None) is not seat.sees(thing):
                wrong.append((name, thing, seat.sees(thing), of))
            for field in object_type(of).fields if of else ():
                needs = guards(of or "", field)
                if needs.needs_login:
                    asked += 1
                    expected = needs.expected(seat.role, row_of(world, thing))
                    found = await outcome(world, seat.role.actor, id_, of or "", field)
                    wrong += [] if found == expected else [(name, f"{thing}.{field}", expected, found)]

    assert wrong == []
    assert asked > 100


def test_every_object_that_only_some_may_see_is_opened_by_a_scope_or_by_none():
    assert {name for name, parties in SEEN.items() if "stacy" in parties and "stan" not in parties} == set(OPENED_BY)
