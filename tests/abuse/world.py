"""A shop with everything in it that somebody could want to break into, and everybody who might.

Ada bought from both vendors, Grace from the second one alone, and a guest from the first. What is a party's alone has
words in it that nobody else may ever be shown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from domain.shared.actor import GUEST, Actor
from persistence.metadata import metadata
from persistence.statement import Pool
from server.wiring import Parts
from tests.factories.buying import Buying

ALL_SEEING = ("stacy", "program")
VENDORS_OF = {"val": "vendor", "vendor_program": "vendor", "vic": "other_vendor"}
PREFIXES = ("", "other_", "hidden_")
OF_DRAFTS = ("draft_cart", "draft_checkout")
OF_BUYER = ("cart", "line", "checkout", "wishlist", "tendered", "tender", "stored_method")
JSON = {"accept": "application/graphql-response+json", "content-type": "application/json"}
TABLES = sorted(table.name for table in metadata.sorted_tables)
DIGEST = " UNION ALL ".join(
    f"""SELECT '{name}' AS name, count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS content
    FROM "{name}" t"""
    for name in TABLES
)


@dataclass(frozen=True)
class Party:
    """Somebody at the door."""

    name: str
    client: httpx2.AsyncClient
    headers: Mapping[str, str] = field(default_factory=dict)
    actor: Actor = GUEST

    async def post(self, query: str, variables: Mapping[str, Any] | None = None) -> httpx2.Response:
        return await self.send(json.dumps({"query": query, "variables": variables or {}}))

    async def send(self, body: str) -> httpx2.Response:
        """A body as it is, for what only JSON's escapes can say."""
        return await self.client.post("/graphql", content=body.encode(), headers={**JSON, **self.headers})

    async def ask(self, query: str, **variables: Any) -> Any:
        answer = (await self.post(query, variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def told(self, query: str, **variables: Any) -> Any:
        """The whole answer."""
        return (await self.post(query, variables)).json()


@dataclass(frozen=True)
class Bought:
    """A purchase, by the ids of all that it left behind."""

    cart: str
    checkout: str
    order: str
    number: str
    parts: Mapping[str, str]
    lines: Mapping[str, str]
    payment: str
    fulfillments: Mapping[str, str]

    @property
    def ids(self) -> tuple[str, ...]:
        """Those of the whole order, which its buyer and staff alone may read."""
        return (self.cart, self.checkout, self.order, self.number, self.payment)

    def of_vendor(self, vendor_id: str) -> tuple[str, ...]:
        """Those of one vendor's part of it, which that vendor may read as well."""
        found = [self.parts.get(vendor_id), self.lines.get(vendor_id), self.fulfillments.get(vendor_id)]
        return tuple(item for item in found if item is not None)


@dataclass(frozen=True)
class World:
    """The shop, who comes to it, and what there is."""

    app: Any
    parts: Parts
    shop: Buying
    people: Mapping[str, Party]
    things: Mapping[str, str]
    bought: Mapping[str, Bought]
    kept: Mapping[str, Bought]
    """What has arrived with its buyer, who wants to send a unit of it back."""

    @property
    def pool(self) -> Pool:
        return self.parts.pool

    def __getitem__(self, name: str) -> Party:
        return self.people[name]

    async def contents(self) -> dict[str, tuple[int, str]]:
        """Every table's number of rows and a sum over all that is in them."""
        return {row["name"]: (row["rows"], row["content"]) for row in await self.pool.fetch(DIGEST)}

    def hidden_from(self, name: str) -> list[str]:
        """Words and ids that this party must not be told, whatever it asks; none for those who may read all."""
        if name in ALL_SEEING:
            return []
        own = VENDORS_OF.get(name)
        found = ["HIDDENVENDOR", "HIDDENSALE", "HIDDENLIST"]
        found += [
            self.things[kind]
            for kind in ("hidden_offer", "promotion", "price_list", "gift_card", "zone", "restriction", *OF_DRAFTS)
        ]
        found += [] if name == "ada" else ["HIDDENCOMPANY", self.things["company"]]
        found += [] if own == "other_vendor" else ["DRAFTLAMP", self.things["draft_offer"]]
        found += [self.things[f"{prefix}warehouse"] for prefix in PREFIXES if own != f"{prefix}vendor"]
        return found + [word for buyer in ("ada", "grace") if buyer != name for word in self._of_buyer(buyer, own)]

    def _of_buyer(self, buyer: str, own: str | None) -> list[str]:
        party, bought = self.people[buyer], self.bought[buyer]
        customer_id = str(party.actor.customer_id)
        found = [f"{buyer}secret", f"{buyer.upper()}FIRST", f"{buyer.upper()}LAST", customer_id]
        found += [f"WISHES OF {buyer}", *(self.things[f"{buyer}_{kind}"] for kind in OF_BUYER)]
        known = [bought, *([self.kept[buyer]] if buyer in self.kept else [])]
        found += [id for purchase in known for id in purchase.ids]
        found += [
            id
            for purchase in known
            for prefix in PREFIXES
            if own != f"{prefix}vendor"
            for id in purchase.of_vendor(self.things[f"{prefix}vendor"])
        ]
        if buyer in self.kept:
            found += [self.things[f"{buyer}_refund"], *([] if own == "vendor" else [self.things[f"{buyer}_return"]])]
        return found if own and self.things[own] in bought.parts else [*found, f"STREET {customer_id[-8:]}"]
