"""What is measured: each workload prepares what it needs once per connection, then does its work over and over."""

import itertools
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench import documents
from bench.client import Client, request

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
type Prepare = Callable[[Client, int], Awaitable[Once]]


@dataclass(frozen=True, slots=True)
class Workload:
    """`prepare(client, number)` makes what connection `number` repeats. `requests`: how many one turn sends."""

    name: str
    title: str
    prepare: Prepare
    requests: int = 1


def fixed(document: str, **variables: Any) -> Prepare:
    """The same request each time."""
    body = request(document, variables)

    async def prepare(client: Client, _number: int) -> Once:
        return lambda: client.send(body)

    return prepare


async def product_pages(client: Client, _number: int) -> Once:
    """Twenty products, one after the other."""
    nodes = (await client.ask(documents.TITLES))["search"]["nodes"]
    bodies = itertools.cycle([request(documents.PRODUCT_PAGE, {"slug": node["slug"]}) for node in nodes])
    return lambda: client.send(next(bodies))


async def searches(client: Client, _number: int) -> Once:
    """The last words of twenty titles, which say what a thing is."""
    nodes = (await client.ask(documents.TITLES))["search"]["nodes"]
    words = sorted({node["title"].split()[-1] for node in nodes})
    bodies = itertools.cycle([request(documents.SEARCH_PAGE, {"query": word}) for word in words])
    return lambda: client.send(next(bodies))


async def cart_updates(client: Client, number: int) -> Once:
    """One line of a cart of its own, set to 1 and 2 by turns."""
    line = {"offerId": (await offers(client))[number], "quantity": 1}
    cart = (await client.do(documents.CART_CREATE, idempotencyKey=fresh_key(), lines=[line]))["cart"]
    line_id, quantities = cart["lines"]["nodes"][0]["id"], itertools.cycle((2, 1))

    async def update() -> None:
        line = {"lineId": line_id, "quantity": next(quantities)}
        await client.do(documents.CART_UPDATE, cartId=cart["id"], idempotencyKey=fresh_key(), set=[line])

    return update


async def checkouts(client: Client, number: int) -> Once:
    """A purchase in five requests, of another offer each time."""
    known = await offers(client)
    wanted = itertools.islice(itertools.cycle(known), number * 7 % len(known), None)

    async def buy() -> None:
        line = {"offerId": next(wanted), "quantity": 1}
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

    return buy


async def told(client: Client, checkout: Mapping[str, Any]) -> dict[str, Any]:
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


async def offers(client: Client) -> list[str]:
    """Offers that can be bought in the default market."""
    nodes = (await client.ask(documents.OFFERS))["search"]["nodes"]
    variants = [variant for node in nodes for variant in node["variants"]["nodes"]]
    return [variant["buyBox"]["id"] for variant in variants if variant["buyBox"]]


def fresh_key() -> str:
    return uuid.uuid4().hex


WORKLOADS = (
    Workload("typename", "{ __typename }", fixed(documents.TYPE_NAME)),
    Workload("list", "list page, 20 products", fixed(documents.LIST_PAGE, first=documents.LIST_SIZE)),
    Workload("product", "product page", product_pages),
    Workload("search", "search with facets", searches),
    Workload("cart", "cartUpdate", cart_updates),
    Workload("checkout", "whole checkout", checkouts, requests=5),
)
BY_NAME = {workload.name: workload for workload in WORKLOADS}
