"""The mix of a shop, as a load generator: `python -m bench.shop URL CONNECTIONS SECONDS`.

Of a hundred requests ninety are anonymous reads by a GET that names its document, eight put something into a cart, and
two are the next step of a purchase. The documents are those of `graphql/operations/storefront`; some products,
categories and words are asked for much more often than others (Zipf's law). Connections ask again at once, so what is
measured is what the servers can take. An answer with errors is counted, and the connection goes on.
"""

import asyncio
import itertools
import random
import sys
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import uvloop

from bench.client import AnsweredWithErrorsError, Client, named
from bench.load import begin, seen, tell
from bench.workloads import ADDRESS, fresh_key, offers
from server.operations.reading import documents_of

MIX = {
    "home page": 10,
    "category page": 25,
    "product page": 40,
    "search": 12,
    "suggestions": 3,
    "cart": 8,
    "checkout": 2,
}
"""Of a hundred requests; the first five are reads."""

CLIENT = "storefront"
PAGES = 3
"""How many lists of the newest products are looked through for what to ask for."""

MAX_UPDATES = 5
"""Of one cart, before another one is begun."""

WARM_UP_REQUESTS = 40
SEED = 20_260

PRODUCTS = """
query Products($after: String) {
  search(input: {sort: NEWEST}, first: 100, after: $after) {
    nodes { slug title category { slug } }
    pageInfo { endCursor hasNextPage }
  }
}
"""

type Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Catalog:
    """What can be asked for: slugs and words, those asked for most often first, and offers that can be bought."""

    products: Sequence[str]
    categories: Sequence[str]
    words: Sequence[str]
    offers: Sequence[str]

    @classmethod
    async def read(cls, client: Client) -> "Catalog":
        nodes: list[dict[str, Any]] = []
        after = None
        for _ in range(PAGES):
            found = (await client.ask(PRODUCTS, {"after": after}))["search"]
            nodes += found["nodes"]
            if not found["pageInfo"]["hasNextPage"]:
                break
            after = found["pageInfo"]["endCursor"]
        shuffled = random.Random(SEED).sample(nodes, len(nodes))  # noqa: S311 - the same in each run
        categories = dict.fromkeys(node["category"]["slug"] for node in shuffled if node["category"])
        words = dict.fromkeys(node["title"].split()[-1] for node in shuffled)
        return cls([node["slug"] for node in shuffled], list(categories), list(words), await offers(client))


class Visitor:
    """One connection, which asks for one thing after another by the mix."""

    def __init__(self, client: Client, catalog: Catalog, number: int) -> None:
        self._client = client
        self._catalog = catalog
        self._chance = random.Random(SEED + number)  # noqa: S311 - the same in each run
        self._documents = {document.name: document.text for document in documents_of(CLIENT)}
        self._keys: dict[str, str] = {}
        self._offers = itertools.islice(itertools.cycle(catalog.offers), number * 7 % len(catalog.offers), None)
        self._cart = self._carts()
        self._purchase = self._purchases()
        self._asks: Mapping[str, Ask] = {
            "home page": lambda: self._get("HomePage", menu="main"),
            "category page": lambda: self._get("CategoryPage", slug=self._one_of(catalog.categories)),
            "product page": lambda: self._get("ProductPage", slug=self._one_of(catalog.products)),
            "search": lambda: self._get("SearchPage", input={"query": self._one_of(catalog.words)}),
            "suggestions": lambda: self._get("Suggest", prefix=self._one_of(catalog.words)[:3].ljust(2, "e")),
            "cart": lambda: anext(self._cart),
            "checkout": lambda: anext(self._purchase),
        }

    def next(self) -> tuple[str, Ask]:
        kind = self._chance.choices(list(MIX), list(MIX.values()))[0]
        return kind, self._asks[kind]

    async def warm_up(self) -> None:
        for _ in range(WARM_UP_REQUESTS):
            await self.next()[1]()

    def begin_anew(self) -> None:
        """Leave cart and purchase as they are, after an error in them."""
        self._cart, self._purchase = self._carts(), self._purchases()

    def _one_of(self, ranked: Sequence[str]) -> str:
        """The second is half as likely as the first, the third a third."""
        return self._chance.choices(ranked, cum_weights=_zipf(len(ranked)))[0]

    async def _get(self, name: str, **variables: Any) -> bytes:
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = await self._client.keep(self._documents[name], variables)
        return await self._client.get(named(key, variables))

    async def _do(self, name: str, **values: Any) -> dict[str, Any]:
        return await self._client.do(self._documents[name], **values)

    async def _carts(self) -> AsyncGenerator[None]:
        """One request each: a cart is begun, then a line of it changed some times."""
        while True:
            lines = [{"offerId": next(self._offers), "quantity": 1}]
            cart = (await self._do("CartCreate", idempotencyKey=fresh_key(), lines=lines))["cart"]
            yield
            line_id = cart["groups"][0]["lines"][0]["id"]
            for at in range(MAX_UPDATES):
                line = {"lineId": line_id, "quantity": 2 - at % 2}
                await self._do("CartUpdate", cartId=cart["id"], idempotencyKey=fresh_key(), set=[line])
                yield

    async def _purchases(self) -> AsyncGenerator[None]:
        """One request each, from a cart to an order."""
        while True:
            lines = [{"offerId": next(self._offers), "quantity": 1}]
            cart = (await self._do("CartCreate", idempotencyKey=fresh_key(), lines=lines))["cart"]
            yield
            started = await self._do("CheckoutStart", cartId=cart["id"], idempotencyKey=fresh_key())
            yield
            checkout = (await self._do("CheckoutUpdate", **_told(started["checkout"])))["checkout"]
            yield
            tender = {"methodId": "test_card", "token": "tok_ok"}
            await self._do("CheckoutTenderAdd", checkoutId=checkout["id"], idempotencyKey=fresh_key(), **tender)
            yield
            gross = checkout["totals"]["total"]["gross"]
            total = {"amountMinor": gross["amountMinor"], "currency": gross["currency"]}
            await self._do(
                "CheckoutComplete", checkoutId=checkout["id"], expectedTotal=total, idempotencyKey=fresh_key()
            )
            yield


def _told(checkout: Mapping[str, Any]) -> dict[str, Any]:
    """Who buys, where it goes, and the first way to deliver each group."""
    return {
        "checkoutId": checkout["id"],
        "email": "bench@example.com",
        "shippingAddress": ADDRESS,
        "deliveries": [
            {"groupId": group["id"], "optionId": group["options"][0]["id"]} for group in checkout["deliveryGroups"]
        ],
        "acceptTerms": True,
    }


@cache
def _zipf(count: int) -> list[float]:
    """Cumulated weights of so many ranks."""
    return list(itertools.accumulate(1 / rank for rank in range(1, count + 1)))


@dataclass(slots=True)
class Visits:
    """Milliseconds of each answer by its kind, and how many had errors."""

    taken: dict[str, list[float]]
    errors: int = 0
    error: str = ""

    async def go_on(self, visitor: Visitor, until: float) -> None:
        before = time.perf_counter()
        while before < until:
            kind, ask = visitor.next()
            try:
                await ask()
            except AnsweredWithErrorsError as error:
                self.errors += 1
                self.error = str(error)
                visitor.begin_anew()
            now = time.perf_counter()
            self.taken[kind].append((now - before) * 1000)
            before = now


async def visit(url: str, connections: int, seconds: float) -> dict[str, Any]:
    clients = [Client(url) for _ in range(connections)]
    catalog = await Catalog.read(clients[0])
    visitors = [Visitor(client, catalog, number) for number, client in enumerate(clients)]
    await asyncio.gather(*(visitor.warm_up() for visitor in visitors))
    await begin()
    visits = Visits(defaultdict(list))
    started = time.perf_counter()
    await asyncio.gather(*(visits.go_on(visitor, started + seconds) for visitor in visitors))
    elapsed = time.perf_counter() - started
    for client in clients:
        client.close()
    everything = seen([milliseconds for taken in visits.taken.values() for milliseconds in taken], elapsed)
    kinds = {kind: asdict(seen(visits.taken[kind], elapsed)) for kind in MIX if visits.taken[kind]}
    return {"all": asdict(everything), "kinds": kinds, "errors": visits.errors, "error": visits.error}


def main(url: str, connections: str, seconds: str) -> None:
    tell(uvloop.run(visit(url, int(connections), float(seconds))))


if __name__ == "__main__":
    main(*sys.argv[1:])
