"""Shoppers who buy while everything breaks: each step is asked for again, with the same key, until it is answered."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.journeys.buying import (
    ADDRESSES,
    CART_CREATE,
    CHECKOUT_START,
    CHECKOUT_UPDATE,
    COMPLETE,
    TENDER_ADD,
)
from tests.journeys.client import Client, client_of, codes, fresh_email, fresh_key

ATTEMPTS = 300
AT_FAULT = {"SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR"}
PAUSE_SECONDS = 0.2
HASTE_SECONDS = 0.03

HABITS = {
    "pays": 60,
    "gets no answer at first": 10,
    "is declined at first": 10,
    "approves at the bank": 6,
    "leaves the bank's page": 4,
    "leaves with a full cart": 4,
    "leaves while paying": 6,
}
"""What shoppers do, and how often."""

TOKENS = {
    "gets no answer at first": "tok_failing",
    "is declined at first": "tok_declined",
    "approves at the bank": "tok_action",
    "leaves the bank's page": "tok_action",
}


class NeverAnsweredError(AssertionError):
    """A step was asked for `ATTEMPTS` times in vain."""


@dataclass
class Told:
    """What shoppers were told: the order of each checkout that was bought, and how often they had to ask again."""

    orders: dict[str, str] = field(default_factory=dict)
    habits: Counter[str] = field(default_factory=Counter)
    repeated: int = 0

    def order(self, checkout_id: str, order_id: str) -> None:
        assert self.orders.setdefault(checkout_id, order_id) == order_id, "one checkout, two orders"


@dataclass(frozen=True, slots=True)
class Shopper:
    """Buys again and again until the store closes, and sees the last purchase through."""

    client: Client
    offers: Sequence[str]
    chance: random.Random
    told: Told

    async def shop(self, closing: asyncio.Event) -> None:
        while not closing.is_set():
            (habit,) = self.chance.choices(list(HABITS), list(HABITS.values()))
            await self._visit(habit)
            self.told.habits[habit] += 1

    async def _visit(self, habit: str) -> None:
        checkout = await self._checkout()
        if habit == "leaves with a full cart":
            return
        token = TOKENS.get(habit, "tok_ok")
        checkout = await self._tender(checkout, token)
        if habit == "leaves while paying":
            await self._leave_while_paying(checkout)
            return
        done, key = await self._complete(checkout, fresh_key())
        if habit == "is declined at first":
            assert codes(done) == ["PAYMENT_DECLINED"], done
            done, key = await self._complete(await self._tender(checkout, "tok_ok"), fresh_key())
        if done["action"] is not None:
            if habit == "leaves the bank's page":
                return
            await self._approve(done["action"]["url"])
            done, key = await self._complete(checkout, key)
        assert (done["errors"], done["action"]) == ([], None), done
        self.told.order(checkout["id"], done["order"]["id"])

    async def _checkout(self) -> dict[str, Any]:
        offers = self.chance.sample(self.offers, self.chance.randint(1, 3))
        lines = [{"offerId": offer, "quantity": self.chance.randint(1, 3)} for offer in offers]
        cart = (await self._ask(CART_CREATE, lines=lines, idempotencyKey=fresh_key()))["cart"]
        started = (await self._ask(CHECKOUT_START, cartId=cart["id"], idempotencyKey=fresh_key()))["checkout"]
        told = await self._ask(
            CHECKOUT_UPDATE,
            checkoutId=started["id"],
            email=fresh_email(),
            shippingAddress={"firstName": "Ada", "lastName": "Lovelace", **ADDRESSES["de"]},
            acceptTerms=True,
        )
        groups = told["checkout"]["deliveryGroups"]
        chosen = [{"groupId": group["id"], "optionId": group["options"][0]["id"]} for group in groups]
        found: dict[str, Any] = (await self._ask(CHECKOUT_UPDATE, checkoutId=started["id"], deliveries=chosen))[
            "checkout"
        ]
        return found

    async def _tender(self, checkout: dict[str, Any], token: str) -> dict[str, Any]:
        added = await self._ask(
            TENDER_ADD, checkoutId=checkout["id"], methodId="test_card", token=token, idempotencyKey=fresh_key()
        )
        found: dict[str, Any] = added["checkout"]
        return found

    async def _complete(self, checkout: dict[str, Any], key: str) -> tuple[dict[str, Any], str]:
        total = checkout["totals"]["total"]["gross"]
        values = {"checkoutId": checkout["id"], "expectedTotal": total, "idempotencyKey": key}
        return await self._ask(COMPLETE, refusals=True, **values), key

    async def _leave_while_paying(self, checkout: dict[str, Any]) -> None:
        """Ask once and hang up; nobody will ever ask what became of it."""
        total = checkout["totals"]["total"]["gross"]
        values = {"checkoutId": checkout["id"], "expectedTotal": total, "idempotencyKey": fresh_key()}
        try:
            async with asyncio.timeout(HASTE_SECONDS):
                await self.client.post(COMPLETE, input=values)
        except (TimeoutError, httpx2.HTTPError, ValueError):
            return

    async def _approve(self, url: str) -> None:
        async with httpx2.AsyncClient() as browser:
            (await browser.post(url, data={"result": "approve"})).raise_for_status()

    async def _ask(self, document: str, *, refusals: bool = False, **values: Any) -> dict[str, Any]:
        """The payload of a mutation, asked for with the same input until the store has an answer."""
        for _ in range(ATTEMPTS):
            payload = await self._try(document, values)
            if payload is not None and codes(payload) != ["IDEMPOTENCY_IN_PROGRESS"]:
                assert refusals or payload["errors"] == [], payload["errors"]
                return payload
            self.told.repeated += 1
            await asyncio.sleep(PAUSE_SECONDS)
        raise NeverAnsweredError(document)

    async def _try(self, document: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """The payload; None where there was no answer, or one that the store was at fault for."""
        try:
            answer = await self.client.post(document, input=values)
        except (httpx2.HTTPError, ValueError):
            return None
        if "errors" in answer:
            assert {error["extensions"]["code"] for error in answer["errors"]} <= AT_FAULT, answer
            return None
        (payload,) = answer["data"].values()
        return dict(payload)


async def shop_together(
    origin: str, offers: Sequence[str], told: Told, closing: asyncio.Event, *, shoppers: int, seed: int
) -> None:
    """So many shoppers side by side, until the store closes and the last of them was served."""
    async with asyncio.TaskGroup() as tasks:
        for number in range(shoppers):
            tasks.create_task(_shop(origin, offers, random.Random(seed + number), told, closing))


async def _shop(origin: str, offers: Sequence[str], chance: random.Random, told: Told, closing: asyncio.Event) -> None:
    async with client_of(origin) as guest:
        await Shopper(guest.in_market("de"), offers, chance, told).shop(closing)
