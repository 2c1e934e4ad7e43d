"""A page that guests ask for by the id of its document shows a new price soon, and the old one never again."""

import asyncio
import time
from hashlib import sha256
from typing import Any

import orjson

from tests.journeys.client import Client, codes

PAGE = """query Shelf($slug: String!) {
  product(slug: $slug) {
    title
    variants { nodes { id buyBox { vendor { id } price { current { gross { amountMinor currency } } } } } }
  }
}"""
REPRICE = """mutation Reprice($input: OfferUpsertInput!) {
  offerUpsert(input: $input) { offer { id } errors { code path } }
}"""
FIRST = "{ search(input: { sort: NEWEST }, first: 1) { nodes { slug } } }"
PATIENCE_SECONDS = 20.0
"""Less than the half minute for which the page could be kept if nothing changed."""


class Page:
    """What guests of Germany see of a product."""

    def __init__(self, guest: Client, slug: str) -> None:
        self._guest = guest
        self._slug = slug
        self.seen: list[int] = []

    async def answer(self) -> dict[str, Any]:
        asked = {"documentId": f"sha256:{sha256(PAGE.encode()).hexdigest()}", "variables": {"slug": self._slug}}
        texts = {name: each if isinstance(each, str) else orjson.dumps(each).decode() for name, each in asked.items()}
        found = await self._guest.http.get("/graphql", params=texts, headers=dict(self._guest.headers))
        answer: dict[str, Any] = found.json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]  # type: ignore[no-any-return] # it has no errors

    async def offer(self) -> dict[str, Any]:
        """The first variant, and what its offer costs by now."""
        variant: dict[str, Any] = (await self.answer())["product"]["variants"]["nodes"][0]
        self.seen.append(variant["buyBox"]["price"]["current"]["gross"]["amountMinor"])
        return variant

    async def shows(self, minor: int) -> None:
        """Wait until it shows this price; then it goes on to."""
        started = time.monotonic()
        while (await self.offer()) and self.seen[-1] != minor:
            assert time.monotonic() - started < PATIENCE_SECONDS, "it never did"
            await asyncio.sleep(0.02)
        for _ in range(50):
            await self.offer()


async def test_a_new_price_is_on_kept_pages_soon_and_never_the_old_one_after_it(guest: Client):
    buyer = guest.in_market("de")
    slug = (await buyer.ask(FIRST))["search"]["nodes"][0]["slug"]
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": sha256(PAGE.encode()).hexdigest()}}
    body = {"query": PAGE, "variables": {"slug": slug}, "extensions": persisted}
    await buyer.http.post("/graphql", json=body, headers=dict(buyer.headers))
    page = Page(buyer, slug)
    variant = [await page.offer() for _ in range(5)][-1]
    old, vendor_id = page.seen[-1], variant["buyBox"]["vendor"]["id"]
    staff = await guest.in_market("de").signed_in("staff@example.com", "sample-password")

    async def reprice(minor: int) -> None:
        price = {"amountMinor": minor, "currency": "EUR"}
        given = {"vendorId": vendor_id, "variantId": variant["id"], "condition": "NEW", "price": price}
        assert codes(await staff.call(REPRICE, **given)) == []

    for minor in (old - 100, old - 200, old):
        await reprice(minor)
        await page.shows(minor)

    changes = [minor for at, minor in enumerate(page.seen) if at == 0 or page.seen[at - 1] != minor]
    assert changes == [old, old - 100, old - 200, old]
    assert 'level="front"' in (await guest.http.get("/metrics")).text
