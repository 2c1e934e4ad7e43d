"""Builds the shop of `tests.abuse.world`: by the use cases where there are any, as the shop itself would."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
from redis.asyncio import Redis

from domain.payments.model import PaymentKind
from domain.payments.ports import SavingRequest
from domain.shared.actor import GUEST, Actor
from domain.shared.ids import CheckoutId, OfferId
from integrations.addresses.world import WorldAddresses
from integrations.files.folder import FileFolder
from integrations.identity.codes import CodeLimits
from integrations.identity.links import SignedLinks
from integrations.identity.sealing import KeyedSeal
from integrations.identity.secrets import RandomSecrets
from integrations.identity.tokens import SignedTokens
from integrations.internal.gateways import Due, PaidOutside
from persistence.catalog import search_index
from persistence.ids import new_id
from persistence.news import RedisNews
from persistence.statement import Pool
from resolvers.context import Services, WebhookTerms
from schema.access import scopes_of
from schema.root import schema
from server.auth import Authenticator
from server.graphql_drain import Drain
from server.jobs.relay import relay
from server.settings import Settings
from server.web import web_app
from server.wiring import Parts
from tests.abuse.managed import businesses, drafts, given_back, made_by_buyer, made_by_staff, made_by_vendor, sent_back
from tests.abuse.world import Bought, Party, World
from tests.factories.balances import customer, new_code
from tests.factories.buying import BERLIN, Buying, buying_in
from tests.factories.customers import PASSWORD, REGISTER, make_identity, make_keys
from tests.fakes.news import LocalNews

STAFF_SCOPES = tuple(sorted(scopes_of(schema) - {"staff"}))
UNHURRIED = Settings(commerce_rate_address=0, commerce_rate_customer=0, commerce_rate_api_key=0)
"""Those who ask for everything that there is are not to be refused for the number of their requests."""
KINDS = ("warehouse", "product", "variant", "offer")
ACCEPT = "mutation($input: VendorOrderAcceptInput!) { vendorOrderAccept(input: $input) { errors { code } } }"
SEND = "mutation($input: FulfillmentCreateInput!) { fulfillmentCreate(input: $input) { errors { code path } } }"


class FromAnywhere(httpx2.AsyncBaseTransport):
    """Each request comes from another address, so that none is refused for the number of them."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._numbers = count(1)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        number = next(self._numbers)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return await httpx2.ASGITransport(self._app, client=(address, 4711)).handle_async_request(request)


@asynccontextmanager
async def open_world(pool: Pool, redis_url: str, gateway: Any) -> AsyncIterator[World]:
    shop = replace(await buying_in(pool, gateway), now=datetime.now(UTC), beside=(PaidOutside(), Due()))
    redis = Redis.from_url(redis_url)
    try:
        parts = _parts(shop, redis)
        app = web_app(parts, Drain())
        async with httpx2.AsyncClient(transport=FromAnywhere(app), base_url="http://shop") as client:
            yield await _furnish(shop, parts, app, client)
    finally:
        await redis.aclose()


def _parts(shop: Buying, redis: "Redis") -> Parts:
    keys, news = make_keys(), RedisNews(redis)
    services = Services(
        pool=shop.pool,
        news=news,
        new_id=new_id,
        now=lambda: datetime.now(UTC),
        reference=shop.reference,
        identity=make_identity(keys=keys),
        address_book=WorldAddresses(),
        taxing=shop.taxing,
        links=SignedLinks(keys),
        completing=shop.around,
        code_attempts=CodeLimits().of,
        new_gift_card_code=new_code,
        files=FileFolder(Path(__file__).parents[1]),
        webhooks=WebhookTerms(KeyedSeal(bytes(32))),
    )
    authenticator = Authenticator(shop.pool, SignedTokens(keys), services.now)
    return Parts(UNHURRIED, shop.pool, redis, news, services, authenticator, keys)


async def _furnish(shop: Buying, parts: Parts, app: Any, client: httpx2.AsyncClient) -> World:
    things = await _catalog(shop)
    people = {"guest": Party("guest", client)}
    for name in ("ada", "grace", "val", "vic", "stacy", "stan"):
        people[name] = await _registered(client, name)
    await _employ(shop.pool, people, things)
    people = {name: await _with_actor(parts, party) for name, party in people.items()}
    for name, vendor_id, scopes in (("program", None, STAFF_SCOPES), ("vendor_program", things["vendor"], ())):
        people[name] = await _program(shop.pool, client, name, vendor_id, scopes)
    bought = {
        "ada": await _purchase(shop, people["ada"].actor, things, "offer", "other_offer"),
        "grace": await _purchase(shop, people["grace"].actor, things, "other_offer"),
        "guest": await _purchase(shop, GUEST, things, "offer"),
    }
    await _send(people["val"], bought["ada"], things["vendor"], things["warehouse"])
    await _send(people["vic"], bought["ada"], things["other_vendor"], things["other_warehouse"])
    bought = {name: await _what_was_bought(shop.pool, known.checkout) for name, known in bought.items()}
    things |= await made_by_staff(people["stacy"], shop.pool, things)
    things |= await drafts(people["stacy"], things["offer"])
    things |= await businesses(people["stacy"], people["ada"], await customer(shop.pool, "bystander@example.com"))
    kept = {}
    for name in ("ada", "guest"):
        kept[name] = await _kept(shop, people[name], people["val"], things)
        things[f"{name}_return"] = await sent_back(people[name], people["val"], kept[name], things["vendor"])
    things["ada_refund"] = await given_back(people["stacy"], shop.pool, kept["ada"])
    for name in ("ada", "grace"):
        things |= await made_by_buyer(people[name], things["variant"], name)
        things |= await _unfinished(shop, people[name].actor, things["offer"], name)
        things |= await _stored_method(shop, people[name].actor, name)
    things |= await _unfinished(shop, GUEST, things["offer"], "guest")
    things |= await made_by_vendor(people["val"], things["vendor"])
    await relay(shop.pool, LocalNews())
    await search_index.rebuild(shop.pool)
    return World(app, parts, shop, people, things, bought, kept)


async def _catalog(shop: Buying) -> dict[str, str]:
    """Two vendors who sell, one who does not yet, and products that are not for everybody."""
    write = shop.catalog
    things = {
        "category": await write.category("Lamps"),
        "vendor": await write.vendor("Valley", slug="valley"),
        "other_vendor": await write.vendor("Victor", slug="victor"),
        "hidden_vendor": await write.vendor("HIDDENVENDOR", slug="hidden-vendor", status="IN_REVIEW"),
    }
    for prefix in ("", "other_", "hidden_"):
        warehouse = await write.warehouse(things[f"{prefix}vendor"], name=f"{prefix.upper()}WAREHOUSE")
        product, variant, offer = await write.sold(
            f"{prefix.upper().replace('_', '')}LAMP",
            vendor_id=things[f"{prefix}vendor"],
            stock=None,
            product={"slug": f"{prefix.replace('_', '-')}lamp", "category_id": things["category"]},
        )
        await write.stock(offer, warehouse, on_hand=1000)
        things |= {f"{prefix}{kind}": id for kind, id in zip(KINDS, (warehouse, product, variant, offer), strict=True)}
    product, variant, offer = await write.sold(
        "DRAFTLAMP", vendor_id=things["other_vendor"], product={"slug": "draft-lamp", "status": "DRAFT"}
    )
    things |= {"draft_product": product, "draft_variant": variant, "draft_offer": offer}
    things["collection"] = await write.collection("Lights", [things["product"], product, things["hidden_product"]])
    return things


async def _registered(client: httpx2.AsyncClient, name: str) -> Party:
    guest = Party(name, client)
    names = {"firstName": f"{name.upper()}FIRST", "lastName": f"{name.upper()}LAST", "language": "en"}
    answer = await guest.ask(REGISTER, input={"email": f"{name}secret@example.com", "password": PASSWORD, **names})
    return replace(guest, headers={"authorization": f"Bearer {answer['customerRegister']['accessToken']}"})


async def _employ(pool: Pool, people: Mapping[str, Party], things: Mapping[str, str]) -> None:
    """Val acts for the first vendor, Vic for the other, Stacy has every scope and Stan none."""
    emails = {name: f"{name}secret@example.com" for name in people}
    for name, vendor in (("val", "vendor"), ("vic", "other_vendor")):
        await pool.execute(
            "INSERT INTO vendor_member (vendor_id, customer_id) SELECT $1, id FROM customer WHERE email = $2",
            *(things[vendor], emails[name]),
        )
    for name, scopes in (("stacy", STAFF_SCOPES), ("stan", ())):
        await pool.execute(
            "INSERT INTO staff_member (id, customer_id, scopes) SELECT $1, id, $3 FROM customer WHERE email = $2",
            *(new_id("staff_member"), emails[name], list(scopes)),
        )


async def _with_actor(parts: Parts, party: Party) -> Party:
    return replace(party, actor=await parts.authenticator.of_headers(party.headers))


async def _program(
    pool: Pool, client: httpx2.AsyncClient, name: str, vendor_id: str | None, scopes: tuple[str, ...]
) -> Party:
    prefix, secret = RandomSecrets().api_key()
    await pool.execute(
        "INSERT INTO api_key (id, name, prefix, secret_hash, scopes, vendor_id) VALUES ($1, $2, $3, $4, $5, $6)",
        *(new_id("api_key"), name, prefix, secret.hash, list(scopes), vendor_id),
    )
    return Party(name, client, {"x-api-key": secret.text})


async def _purchase(shop: Buying, actor: Actor, things: Mapping[str, str], *offers: str, units: int = 1) -> Bought:
    """A purchase whose addresses and notes name the buyer."""
    buyer = replace(shop, actor=actor)
    checkout_id = await _checkout(buyer, [OfferId(things[offer]) for offer in offers], units)
    await buyer.tender(checkout_id)
    assert (await buyer.complete(checkout_id)).order_id
    return await _what_was_bought(shop.pool, checkout_id)


async def _kept(shop: Buying, buyer: Party, seller: Party, things: Mapping[str, str]) -> Bought:
    """A purchase of one vendor's goods that are on their way, one of which is to go back."""
    bought = await _purchase(shop, buyer.actor, things, "offer", units=2)
    await _send(seller, bought, things["vendor"], things["warehouse"], units=2)
    return await _what_was_bought(shop.pool, bought.checkout)


async def _checkout(buyer: Buying, offers: list[OfferId], units: int = 1) -> CheckoutId:
    owner = (buyer.actor.customer_id or "guest")[-8:]
    checkout_id = await buyer.start(await buyer.cart(*[(offer, units) for offer in offers]))
    await buyer.tell(checkout_id, address=replace(BERLIN, line1=f"STREET {owner}"))
    return checkout_id


async def _unfinished(shop: Buying, actor: Actor, offer: str, name: str) -> dict[str, str]:
    """A cart, another with a line, a checkout that only lacks a tender, and one that has it."""
    buyer = replace(shop, actor=actor)
    cart_id = await buyer.cart((OfferId(offer), 1))
    line_id = await shop.pool.fetchval("SELECT id FROM cart_line WHERE cart_id = $1", cart_id)
    checkout_id = await _checkout(buyer, [OfferId(offer)])
    tendered = await _checkout(buyer, [OfferId(offer)])
    await buyer.tender(tendered)
    tender_id = await shop.pool.fetchval("SELECT id FROM tender WHERE checkout_id = $1", tendered)
    made = {"cart": cart_id, "line": line_id, "checkout": checkout_id, "tendered": tendered, "tender": tender_id}
    return {f"{name}_{kind}": id for kind, id in made.items()}


async def _stored_method(shop: Buying, actor: Actor, name: str) -> dict[str, str]:
    """A card that the gateway keeps for a customer."""
    saved = await shop.gateway.save_method(SavingRequest("tok_ok", PaymentKind.CARD), key=new_id("key"))
    stored = new_id("stored_method")
    await shop.pool.execute(
        """INSERT INTO stored_method (id, customer_id, gateway, method_id, reference, gateway_customer, kind)
        VALUES ($1, $2, $3, 'test_card', $4, $5, 'CARD')""",
        *(stored, actor.customer_id, shop.gateway.name, saved.reference, saved.customer),
    )
    return {f"{name}_stored_method": stored}


async def _send(member: Party, bought: Bought, vendor_id: str, warehouse_id: str, units: int = 1) -> None:
    """Accept the vendor's part of a purchase and put it into a parcel."""
    part = bought.parts[vendor_id]
    accepted = await member.ask(ACCEPT, input={"id": part, "idempotencyKey": new_id("key")})
    assert accepted["vendorOrderAccept"]["errors"] == []
    lines = [{"orderLineId": bought.lines[vendor_id], "quantity": units}]
    parcel = {"vendorOrderId": part, "warehouseId": warehouse_id, "lines": lines, "idempotencyKey": new_id("key")}
    sent = await member.ask(SEND, input=parcel)
    assert sent["fulfillmentCreate"]["errors"] == []


async def _what_was_bought(pool: Pool, checkout_id: str) -> Bought:
    order = await pool.fetchrow(
        """SELECT "order".id, number, cart_id FROM "order" JOIN checkout ON checkout.id = checkout_id
        WHERE checkout_id = $1""",
        checkout_id,
    )
    assert order is not None

    async def ids_by_vendor(table: str) -> dict[str, str]:
        rows = await pool.fetch(f"SELECT vendor_id, id FROM {table} WHERE order_id = $1", order["id"])
        return {row["vendor_id"]: row["id"] for row in rows}

    return Bought(
        cart=order["cart_id"],
        checkout=checkout_id,
        order=order["id"],
        number=order["number"],
        parts=await ids_by_vendor("vendor_order"),
        lines=await ids_by_vendor("order_line"),
        payment=await pool.fetchval("SELECT id FROM payment WHERE order_id = $1", order["id"]),
        fulfillments=await ids_by_vendor("fulfillment"),
    )
