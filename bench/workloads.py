"""What is measured: each workload prepares what it needs once per connection, then does its work over and over.

What is asked for is found out from the store, also where the requests then go to the limit.
"""

import itertools
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench import documents
from bench.client import Asking, Client, named, request

ADDRESS = {
    "firstName": "Ada",
    "lastName": "Lovelace",
    "line1": "1 Main Street",
    "city": "Los Angeles",
    "region": "CA",
    "postalCode": "90001",
    "country": "US",
}

type Once = Callable[[], Awaitable[object]]
type Prepare = Callable[[Client, int, Client], Awaitable[Once]]
"""Given the connection that is used, its number, and a connection to the store."""


@dataclass(frozen=True, slots=True)
class Workload:
    """`prepare` makes what a connection repeats. `requests`: how many one turn sends.

    `limit` is the path at which `bench/limit` answers the same; `is_replayed`: it is compared with its statements.
    """

    name: str
    title: str
    prepare: Prepare
    requests: int = 1
    limit: str | None = None
    is_replayed: bool = False


def fixed(document: str, **variables: Any) -> Prepare:
    """The same request each time."""
    body = request(document, variables)

    async def prepare(client: Client, _number: int, _store: Client) -> Once:
        return lambda: client.send(body)

    return prepare


async def kept_pages(client: Client, _number: int, store: Client) -> Once:
    """The list page as a storefront's pages ask for it: by a GET that names it."""
    query = await kept_query(store)
    return lambda: client.get(query)


async def kept_query(store: Client) -> str:
    variables = {"first": documents.LIST_SIZE}
    return named(await store.keep(documents.LIST_PAGE, variables), variables)


async def product_pages(client: Client, _number: int, store: Client) -> Once:
    """Twenty products, one after the other."""
    nodes = (await store.ask(documents.TITLES))["search"]["nodes"]
    bodies = itertools.cycle([request(documents.PRODUCT_PAGE, {"slug": node["slug"]}) for node in nodes])
    return lambda: client.send(next(bodies))


async def searches(client: Client, _number: int, store: Client) -> Once:
    """The last words of twenty titles, which say what a thing is."""
    nodes = (await store.ask(documents.TITLES))["search"]["nodes"]
    words = sorted({node["title"].split()[-1] for node in nodes})
    bodies = itertools.cycle([request(documents.SEARCH_PAGE, {"query": word}) for word in words])
    return lambda: client.send(next(bodies))


async def cart_updates(client: Client, number: int, _store: Client) -> Once:
    """One line of a cart of its own, set to 1 and 2 by turns."""
    line = {"offerId": (await offers(client))[number], "quantity": 1}
    cart = (await client.do(documents.CART_CREATE, idempotencyKey=fresh_key(), lines=[line]))["cart"]
    line_id, quantities = cart["lines"]["nodes"][0]["id"], itertools.cycle((2, 1))

    async def update() -> None:
        line = {"lineId": line_id, "quantity": next(quantities)}
        await client.do(documents.CART_UPDATE, cartId=cart["id"], idempotencyKey=fresh_key(), set=[line])

    return update


async def checkouts(client: Client, number: int, _store: Client) -> Once:
    """A purchase in five requests, of another offer each time."""
    known = await offers(client)
    wanted = itertools.islice(itertools.cycle(known), number * 7 % len(known), None)

    return lambda: purchase(client, next(wanted))


async def purchase(client: Asking, offer_id: str) -> None:
    """One unit of an offer, from the cart to the order."""
    line = {"offerId": offer_id, "quantity": 1}
    cart = (await client.do(documents.CART_CREATE, idempotencyKey=fresh_key(), lines=[line]))["cart"]
    started = await client.do(documents.CHECKOUT_START, cartId=cart["id"], idempotencyKey=fresh_key())
    checkout = await told(client, started["checkout"])
    await client.do(
        documents.TENDER_ADD,
        checkoutId=checkout["id"],
        methodId="test_card",
        token="tok_ok",  # noqa: S106 - the name of what the test gateway shall do
        idempotencyKey=fresh_key(),
    )
    await client.do(
        documents.COMPLETE,
        checkoutId=checkout["id"],
        expectedTotal=checkout["totals"]["total"]["gross"],
        idempotencyKey=fresh_key(),
    )


async def told(client: Asking, checkout: Mapping[str, Any]) -> dict[str, Any]:
    """Who buys, where it goes, and the first way to deliver each group, in one request."""
    deliveries = [
        {"groupId": group["id"], "optionId": group["options"][0]["id"]} for group in checkout["deliveryGroups"]
    ]
    payload = await client.do(
        documents.CHECKOUT_UPDATE,
        checkoutId=checkout["id"],
        email="bench@example.com",
        shippingAddress=ADDRESS,
        deliveries=deliveries,
        acceptTerms=True,
    )
    found: dict[str, Any] = payload["checkout"]
    return found


async def offers(client: Asking) -> list[str]:
    """Offers that can be bought in the default market."""
    nodes = (await client.ask(documents.OFFERS))["search"]["nodes"]
    variants = [variant for node in nodes for variant in node["variants"]["nodes"]]
    return [variant["buyBox"]["id"] for variant in variants if variant["buyBox"]]


def fresh_key() -> str:
    return uuid.uuid4().hex


WORKLOADS = (
    Workload("typename", "{ __typename }", fixed(documents.TYPE_NAME), limit="/typename"),
    Workload("kept", "list page by persisted GET", kept_pages, limit="/kept"),
    Workload("list", "list page, 20 products", fixed(documents.LIST_PAGE, first=documents.LIST_SIZE), limit="/list"),
    Workload("product", "product page", product_pages, limit="/product"),
    Workload("search", "search with facets", searches, limit="/search"),
    Workload("cart", "cartUpdate", cart_updates),
    Workload("checkout", "whole checkout", checkouts, requests=5, is_replayed=True),
)
BY_NAME = {workload.name: workload for workload in WORKLOADS}
