"""Who is shown what, by every way in: by id, nested, in lists, by names, and by following it."""

import json
from collections.abc import Mapping

import pytest
from graphql import is_interface_type

from persistence.ids import new_id
from tests.abuse.documents import CORE
from tests.abuse.listening import listening
from tests.abuse.managed import make
from tests.abuse.world import PREFIXES, World

EVERYBODY = ("guest", "ada", "grace", "val", "vic", "stan", "stacy", "program", "vendor_program")
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
ENTITIES = "query($of: [_Any!]!) { _entities(representations: $of) { __typename } }"
SEEN: Mapping[str, set[str]] = {
    "order": {"ada", "stacy", "program"},
    "part": {"ada", "val", "stacy", "program", "vendor_program"},
    "other part": {"ada", "vic", "stacy", "program"},
    "line": {"ada", "val", "stacy", "program", "vendor_program"},
    "other line": {"ada", "vic", "stacy", "program"},
    "fulfillment": {"ada", "val", "stacy", "program", "vendor_program"},
    "other fulfillment": {"ada", "vic", "stacy", "program"},
    "payment": {"ada", "stacy", "program"},
    "cart": {"ada", "stacy"},
    "bought cart": {"ada", "stacy"},
    "checkout": {"ada"},
    "bought checkout": {"ada"},
    "customer": {"ada", "stacy", "program"},
    "company": {"ada", "stacy", "program"},
    "return": {"ada", "val", "stacy", "program", "vendor_program"},
    "refund": {"ada", "stacy", "program"},
    "wishlist": {"ada"},
    "gift card": {"stacy"},
    "promotion": {"stacy"},
    "price list": {"stacy"},
    "order placed": {"ada", "stacy", "program"},
    "warehouse": {"val", "stacy", "vendor_program"},
    "other warehouse": {"vic", "stacy"},
    "hidden vendor": {"stacy"},
    "hidden offer": {"stacy"},
    "draft product": {"vic", "stacy"},
    "draft variant": {"vic", "stacy"},
    "draft offer": {"vic", "stacy"},
    "api key": {"stacy"},
    "webhook": {"val", "stacy", "program", "vendor_program"},
    "webhook delivery": {"val", "stacy", "program", "vendor_program"},
    "guest order": set(EVERYBODY),
    "guest cart": set(EVERYBODY),
    "market": set(EVERYBODY),
    "category": set(EVERYBODY),
    "collection": set(EVERYBODY),
    "product": set(EVERYBODY),
    "offer": set(EVERYBODY),
    "vendor": set(EVERYBODY),
}
"""Who may read what of Ada's, of the vendors' and of the guest's, by its id."""


async def ids(world: World) -> dict[str, str]:
    things, ada, guest = world.things, world.bought["ada"], world.bought["guest"]
    own, other = things["vendor"], things["other_vendor"]
    placed = "SELECT id FROM event WHERE type = 'ORDER_PLACED' AND order_id = $1"
    return {
        "order": ada.order,
        "part": ada.parts[own],
        "other part": ada.parts[other],
        "line": ada.lines[own],
        "other line": ada.lines[other],
        "fulfillment": ada.fulfillments[own],
        "other fulfillment": ada.fulfillments[other],
        "payment": ada.payment,
        "cart": things["ada_cart"],
        "bought cart": ada.cart,
        "checkout": things["ada_checkout"],
        "bought checkout": ada.checkout,
        "return": things["ada_return"],
        "refund": things["ada_refund"],
        "wishlist": things["ada_wishlist"],
        "customer": str(world["ada"].actor.customer_id),
        "order placed": await world.pool.fetchval(placed, ada.order),
        **{name: things[name.replace(" ", "_")] for name in SEEN if name.replace(" ", "_") in things},
        "api key": await world.pool.fetchval("SELECT id FROM api_key LIMIT 1"),
        "guest order": guest.order,
        "guest cart": things["guest_cart"],
    }


async def test_each_is_shown_by_its_id_to_those_who_may_read_it(world: World):
    named = await ids(world)
    seen: dict[str, set[str]] = {name: set() for name in SEEN}

    for party in EVERYBODY:
        for name in SEEN:
            found = await world[party].told("query($id: ID!) { node(id: $id) { __typename } }", id=named[name])
            assert found == {"data": {"node": found["data"]["node"]}}
            if found["data"]["node"] is not None:
                seen[name].add(party)

    assert seen == SEEN


async def test_every_type_that_has_ids_is_among_them(world: World):
    answers = await world["stacy"].told(NODES, ids=list((await ids(world)).values()))
    ada = await world["ada"].told(NODES, ids=list((await ids(world)).values()))

    shown = {node["__typename"] for answer in (answers, ada) for node in answer["data"]["nodes"] if node}
    interface = CORE.type_map["Node"]
    assert is_interface_type(interface)
    assert shown == {found.name for found in CORE.get_possible_types(interface)}


async def test_node_nodes_and_entities_show_the_same(world: World):
    named = await ids(world)
    prefixes = {name: id_.rpartition("_")[0] for name, id_ in named.items()}
    kinds = {name: ENTITY_NAMES[prefix] for name, prefix in prefixes.items() if prefix in ENTITY_NAMES}
    of = [{"__typename": kind, "id": named[name]} for name, kind in kinds.items()]

    for party in EVERYBODY:
        entities = (await world[party].ask(ENTITIES, of=of))["_entities"]
        nodes = (await world[party].ask(NODES, ids=[named[name] for name in kinds]))["nodes"]

        assert entities == nodes
        seen = {name for name, found in zip(kinds, nodes, strict=True) if found}
        assert seen == {name for name in kinds if party in SEEN[name]}


ENTITY_NAMES = {
    "order": "Order",
    "vendor_order": "VendorOrder",
    "order_line": "OrderLine",
    "fulfillment": "Fulfillment",
    "payment": "Payment",
    "cart": "Cart",
    "checkout": "Checkout",
    "customer": "Customer",
    "company": "Company",
    "warehouse": "Warehouse",
    "vendor": "Vendor",
    "offer": "Offer",
    "product": "Product",
    "variant": "Variant",
    "api_key": "ApiKey",
    "return": "Return",
    "refund": "Refund",
    "wishlist": "Wishlist",
    "gift_card": "GiftCard",
    "promotion": "Promotion",
    "price_list": "PriceList",
    "market": "Market",
    "category": "Category",
    "collection": "Collection",
}
"""The entities by the prefix of their ids."""


WAYS_IN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "search": ("{ search(input: {}, first: 100) { nodes { %s } facets { key values { value label } } } }", {}),
    "search for a draft": ('{ search(input: {query: "DRAFTLAMP"}) { nodes { %s } correctedQuery } }', {}),
    "suggest": ('{ suggest(prefix: "h") { queries products { title } vendors { name } } }', {}),
    "suggest a draft": ('{ suggest(prefix: "dr") { queries products { title } vendors { name } } }', {}),
    "slug of a draft": ('{ product(slug: "draft-lamp") { %s } }', {}),
    "slug of a vendor": ('{ vendor(slug: "hidden-vendor") { name products { nodes { title } } } }', {}),
    "path of a draft": ('{ resolvePath(path: "/products/draft-lamp") { redirect product { %s } } }', {}),
    "path of a vendor": ('{ resolvePath(path: "/vendors/hidden-vendor") { redirect vendor { name } } }', {}),
    "collection": ('{ collection(slug: "lights") { products(first: 100) { totalCount nodes { %s } } } }', {}),
    "category": ('{ category(slug: "lamps") { products(first: 100) { nodes { %s } } } }', {}),
    "offers of a product": ('{ product(slug: "hidden-lamp") { %s } }', {}),
    "the guest's order": (
        """query($id: ID!) { order(id: $id) {
            email customer { email } lines { nodes { vendor { name } variant { product { %s } } } }
            vendorOrders { vendor { name } lines { title } fulfillments { warehouse { id name } } }
            timeline { nodes { actor subject { id } } }
        } }""",
        {"id": "guest_order"},
    ),
    "the guest's cart": (
        """query($id: ID!) { cart(id: $id) {
            lines { nodes { offer { vendor { name } variant { product { %s } } } } }
        } }""",
        {"id": "guest_cart"},
    ),
    "the guest's checkout": (
        "query($id: ID!) { checkout(id: $id) { email cart { id } order { id } lines { id } } }",
        {"id": "guest_checkout"},
    ),
}
PRODUCT = """id title variants { nodes {
    id offers { nodes { id vendor { name } availability { state quantity } } } buyBox { vendor { name } }
} }"""


@pytest.mark.parametrize("party", ["guest", "ada", "grace", "val", "stan", "vendor_program"])
async def test_no_way_in_shows_what_is_hidden(world: World, party: str):
    known = {**world.things, "guest_order": world.bought["guest"].order}
    for way, (document, names) in WAYS_IN.items():
        variables = {name: known[thing] for name, thing in names.items()}

        found = await world[party].ask(document.replace("%s", PRODUCT), **variables)

        told = json.dumps(found)
        assert (way, [word for word in world.hidden_from(party) if word in told]) == (way, [])


async def test_there_is_something_to_be_found(world: World):
    found = await world["guest"].ask("{ search(input: {}, first: 100) { nodes { title } } }")

    assert {node["title"] for node in found["search"]["nodes"]} == {"LAMP", "OTHERLAMP"}


IN_CONTEXT = """query($for: ID, $id: ID!) @inContext(companyId: $for, market: "de") {
    node(id: $id) { ... on Offer { price { priceList { name } } } }
}"""


async def test_only_a_member_is_shown_what_a_company_pays(world: World):
    things = world.things
    contract = {"name": "HIDDENCONTRACT", "currency": "EUR", "companyId": things["company"]}
    list_id = await make(world["stacy"], "priceListUpsert", "priceList", **contract)
    price = {"offerId": things["offer"], "price": {"amountMinor": 1, "currency": "EUR"}}
    prices = {"priceListId": list_id, "prices": [price], "idempotencyKey": new_id("key")}
    await make(world["stacy"], "priceListPricesSet", "priceList", **prices)
    variables = {"for": things["company"], "id": things["offer"]}

    shown = await world["ada"].ask(IN_CONTEXT, **variables)
    alone = await world["ada"].ask(IN_CONTEXT, **{**variables, "for": None})
    others = [await world[name].told(IN_CONTEXT, **variables) for name in EVERYBODY if name != "ada"]

    assert shown["node"]["price"]["priceList"] == {"name": "HIDDENCONTRACT"}
    assert alone["node"]["price"]["priceList"] != {"name": "HIDDENCONTRACT"}
    assert {answer["errors"][0]["extensions"]["code"] for answer in others} == {"BAD_USER_INPUT"}


FOLLOWED = {
    "orderChanged": "order",
    "cartChanged": "cart",
    "checkoutChanged": "checkout",
}


@pytest.mark.parametrize("field", FOLLOWED)
async def test_what_may_not_be_read_may_not_be_followed(world: World, field: str):
    id_ = (await ids(world))[FOLLOWED[field]]
    for party in EVERYBODY:
        async with listening(world, party, f'subscription {{ {field}(id: "{id_}") {{ id }} }}') as heard:
            first = await heard()

        may = party in SEEN[FOLLOWED[field]]
        assert (first.get("data") == {field: {"id": id_}}) is may
        assert ([error["extensions"]["code"] for error in first.get("errors", [])] == ["NOT_FOUND"]) is not may


async def test_an_order_that_is_not_ones_own_is_not_found_by_its_number_or_email(world: World):
    query = "query($q: String!) { admin { orders(query: $q) { nodes { id } } } }"

    answers = [
        await world[name].told(query, q=world.bought["ada"].number) for name in ("guest", "grace", "val", "stan")
    ]

    assert all(answer["data"] in ({"admin": None}, None) for answer in answers)


async def test_each_list_of_staff_asks_for_its_own_scope(world: World):
    lists = ("products", "orders", "customers", "companies", "vendors")
    for name in lists:
        answer = await world["stan"].told(f"{{ admin {{ {name} {{ totalCount }} }} }}")
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
        assert (await world["stacy"].ask(f"{{ admin {{ {name} {{ totalCount }} }} }}"))["admin"][name]["totalCount"] > 0


async def test_stock_is_shown_to_its_vendor_and_to_staff_with_the_scope(world: World):
    query = "query($id: ID!) { node(id: $id) { ... on Offer { stock { available onHand } } } }"
    seen: dict[str, set[str]] = {prefix: set() for prefix in PREFIXES}
    for party in EVERYBODY:
        for prefix in PREFIXES:
            answer = await world[party].told(query, id=world.things[f"{prefix}offer"])
            if "onHand" in json.dumps(answer.get("data")):
                seen[prefix].add(party)

    assert seen == {"": {"val", "vendor_program", "stacy"}, "other_": {"vic", "stacy"}, "hidden_": {"stacy"}}
