"""Invoices over HTTP: whoever was given a link has the document for a day, and nobody else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from domain.orders.invoicing.usecases import issue_invoice
from domain.shared.actor import GUEST, Actor
from domain.shared.ids import ApiKeyId, VendorId
from integrations.addresses.world import WorldAddresses
from integrations.identity.links import SignedLinks
from resolvers.context import Context, Services
from server.documents import document_route, slip_route
from server.settings import Settings
from server.wiring import Parts
from tests.buying.conftest import gateway, shop
from tests.factories.after_sale import Sale, sold
from tests.factories.buying import Buying
from tests.factories.clock import this_year
from tests.factories.customers import make_keys
from tests.factories.orders import staff
from tests.factories.requests import Client
from tests.fakes.news import LocalNews

__all__ = ["gateway", "shop"]

OF_ORDER = "query ($id: ID!) { order(id: $id) { documents { kind number corrects url dataUrl } } }"
OF_PART = "query ($id: ID!) { node(id: $id) { ... on VendorOrder { documents { number } } } }"
SET = """mutation ($vendor: ID!, $name: String!) { vendorLegalEntitySet(input: {vendorId: $vendor, name: $name,
    registration: "HRB 1", address: {line1: "Hauptstraße 1", city: "Berlin", postalCode: "10115", country: "DE"}})
    { vendor { id } errors { code path } } }"""


@dataclass(frozen=True, slots=True)
class LinkedClient(Client):
    """A client whose world signs links."""

    links: SignedLinks = field(default_factory=lambda: SignedLinks(make_keys()))

    async def context(self) -> Context:
        context = await Client.context(self)
        context.services = replace(context.services, links=self.links, address_book=WorldAddresses(), news=LocalNews())
        return context


@dataclass(frozen=True, slots=True)
class Desk:
    """A sale that is invoiced, and the web process that hands the invoice out."""

    sale: Sale
    links: SignedLinks
    http: httpx2.AsyncClient

    def client(self, actor: Actor = GUEST) -> LinkedClient:
        shop = self.sale.shop
        return LinkedClient(shop.pool, shop.reference, actor=actor, now=shop.now, links=self.links)


@pytest.fixture
async def desk(shop: Buying) -> AsyncIterator[Desk]:
    sale = await sold(shop, (await shop.offer(), 2))
    await sale.send(0, 2)
    (part,) = await sale.parts()
    assert await issue_invoice(sale.unit_of_work(), part.id, now=shop.now)
    links = SignedLinks(make_keys())
    absent: Any = None
    unused: dict[str, Any] = {item.name: None for item in fields(Services)}
    services = Services(
        **(unused | {"pool": shop.pool, "links": links, "now": lambda: shop.now, "reference": shop.reference})
    )
    parts = Parts(Settings(), shop.pool, absent, absent, services, absent, absent)
    transport = httpx2.ASGITransport(app=Starlette(routes=[document_route(parts), slip_route(parts)]))
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as http:
        yield Desk(sale, links, http)


async def test_a_buyer_finds_the_invoice_and_fetches_it_as_pdf_and_as_data(desk: Desk):
    answer = await desk.client().ask(OF_ORDER, id=desk.sale.order_id)
    (document,) = answer["order"]["documents"]

    pdf = await desk.http.get(document["url"])
    again = await desk.http.get(document["url"])
    data = await desk.http.get(document["dataUrl"])

    assert (document["kind"], document["number"], document["corrects"]) == ("INVOICE", f"I{this_year()}-000001", None)
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-1.7")
    assert again.content == pdf.content
    assert data.headers["content-type"] == "application/xml"
    assert f"I{this_year()}-000001".encode() in data.content


async def test_a_vendor_finds_the_documents_of_its_own_part_alone(desk: Desk, shop: Buying):
    (part,) = await desk.sale.parts()
    own = Actor(api_key_id=ApiKeyId("api_key_own"), vendor_ids=frozenset({part.vendor_id}))
    other = Actor(api_key_id=ApiKeyId("api_key_other"), vendor_ids=frozenset({VendorId("vendor_other")}))
    await shop.pool.execute("UPDATE \"order\" SET customer_id = NULL, email = 'x@example.com'")
    customer_id = "customer_1"
    await shop.pool.execute("INSERT INTO customer (id, email) VALUES ($1, 'a@example.com')", customer_id)
    await shop.pool.execute('UPDATE "order" SET customer_id = $1', customer_id)

    seen = await desk.client(own).ask(OF_PART, id=part.id)
    unseen = await desk.client(other).ask(OF_PART, id=part.id)

    assert seen["node"]["documents"] == [{"number": f"I{this_year()}-000001"}]
    assert unseen["node"] is None


async def test_a_link_is_good_for_one_document_and_one_day(desk: Desk, shop: Buying):
    (document,) = (await desk.client().ask(OF_ORDER, id=desk.sale.order_id))["order"]["documents"]
    path, _, query = document["url"].partition("?")
    until = int(datetime.timestamp(shop.now + timedelta(days=30)))
    old = desk.links.sign(path, datetime.now(UTC) - timedelta(days=400))

    refused = [
        f"{path}",
        f"{path[:-3]}xml?{query}",
        f"/documents/document_of_another.pdf?{query}",
        f"{path}?until={until}&signature={query.partition('signature=')[2]}",
        f"{path}?{query}x",
        f"{path}?until=never&signature=%F0%9F%A6%8A",
        old,
    ]

    assert [(await desk.http.get(url)).status_code for url in refused] == [403] * len(refused)
    assert (await desk.http.get(document["url"])).status_code == 200


@pytest.mark.parametrize("name", ["document_missing.pdf", "document_missing.xml", "document_missing", "x.exe"])
async def test_a_signed_link_to_nothing_is_told_so(desk: Desk, shop: Buying, name: str):
    answer = await desk.http.get(desk.links.sign(f"/documents/{name}", shop.now))

    assert answer.status_code == 404


async def test_the_vendor_prints_what_goes_into_the_parcel_and_the_buyer_does_not(desk: Desk):
    (part,) = await desk.sale.parts()
    slip = "query ($id: ID!) { node(id: $id) { ... on VendorOrder { fulfillments { packingSlipUrl } } } }"
    own = Actor(api_key_id=ApiKeyId("api_key_own"), vendor_ids=frozenset({part.vendor_id}))

    (sent,) = (await desk.client(own).ask(slip, id=part.id))["node"]["fulfillments"]
    refusals = await desk.client().refusals(slip, id=part.id)
    printed = await desk.http.get(sent["packingSlipUrl"])
    forged = await desk.http.get(sent["packingSlipUrl"] + "x")

    assert [code for _, code in refusals] == ["UNAUTHENTICATED"]
    assert printed.content.startswith(b"%PDF-1.7")
    assert forged.status_code == 403


async def test_staff_says_who_a_vendor_is_before_the_law(desk: Desk, shop: Buying):
    (part,) = await desk.sale.parts()
    client = desk.client(staff("vendors:write"))

    done = await client.ask(SET, vendor=part.vendor_id, name="Lampen GmbH")
    refused = await client.ask(SET, vendor=part.vendor_id, name="  ")
    unknown = await client.ask(SET, vendor="vendor_01jd3kq0r2e5ta3wbz9x7m4h6n", name="Lampen GmbH")

    assert done["vendorLegalEntitySet"] == {"vendor": {"id": part.vendor_id}, "errors": []}
    assert refused["vendorLegalEntitySet"]["errors"] == [{"code": "INVALID", "path": ["name"]}]
    assert unknown["vendorLegalEntitySet"]["errors"] == [{"code": "NOT_FOUND", "path": ["vendorId"]}]
    row = await shop.pool.fetchrow("SELECT name, registration, address ->> 'city' AS city FROM legal_entity")
    assert row is not None
    assert tuple(row) == ("Lampen GmbH", "HRB 1", "Berlin")


async def test_guests_may_not_say_who_a_vendor_is(desk: Desk):
    (part,) = await desk.sale.parts()

    refusals = await desk.client().refusals(SET, vendor=part.vendor_id, name="Mine")

    assert [code for _, code in refusals] == ["UNAUTHENTICATED"]
