"""Files and license keys: bought without address or stock, delivered by themselves, downloaded as often as allowed."""

import hashlib
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from domain.fulfillment.digital.usecases import Delivery, ImportKeys, RegisterFile, deliver_digital, import_keys
from domain.fulfillment.digital.usecases import register_file as register
from domain.orders.canceling.usecases import CancelOrder, cancel_order
from domain.orders.settling.ports import Surroundings as Settling
from domain.shared.actor import GUEST, Actor
from domain.shared.ids import ApiKeyId, OfferId, OrderId, VariantId, VendorId
from integrations.files.folder import FileFolder
from integrations.identity.links import SignedLinks
from persistence.fulfillment.digital import downloads_of_lines
from persistence.ids import new_id
from persistence.orders import queries
from resolvers.context import Services
from server.downloads import download_route
from server.settings import Settings
from server.wiring import Parts
from tests.factories.buying import BERLIN, Buying, outcomes
from tests.factories.customers import make_keys
from tests.factories.orders import staff
from tests.factories.refusals import problems_of
from tests.server.test_documents import LinkedClient

CONTENT = b"0123456789" * 100


async def digital(shop: Buying, **values: Any) -> tuple[OfferId, VariantId]:
    offer = await shop.offer(stock=None, product={"kind": "DIGITAL"}, **values)
    return offer, VariantId(await shop.pool.fetchval("SELECT variant_id FROM offer WHERE id = $1", offer))


async def with_file(shop: Buying, folder: Path, **terms: Any) -> OfferId:
    """An offer of a file."""
    offer, variant_id = await digital(shop)
    (folder / "song.mp3").write_bytes(CONTENT)
    known = {"downloads_allowed": 2, "days_allowed": 30} | terms
    act = RegisterFile(variant_id, "Song.mp3", "song.mp3", **known)
    await register(keeper(shop).unit_of_work(), act, FileFolder(folder))
    return offer


def keeper(shop: Buying) -> Buying:
    return replace(shop, actor=staff("catalog:write", "orders:write"))


async def keys(shop: Buying, variant_id: VariantId, *texts: str) -> int:
    return await import_keys(keeper(shop).unit_of_work(), ImportKeys(variant_id, texts, new_id("key")))


async def bought(shop: Buying, *lines: tuple[OfferId, int]) -> OrderId:
    """An order by a guest who tells no address of delivery."""
    checkout_id = await shop.start(await shop.cart(*lines))
    await shop.update(checkout_id, email="ada@example.com", billing_address=BERLIN, accept_terms=True)
    await shop.tender(checkout_id)
    done = await shop.complete(checkout_id)
    assert done.order_id is not None
    return done.order_id


async def deliver(shop: Buying, order_id: OrderId) -> Delivery:
    return await deliver_digital(shop.unit_of_work(), order_id, now=shop.now)


async def downloads(shop: Buying, order_id: OrderId) -> list[Any]:
    lines = await queries.lines_of_orders(shop.pool, [order_id])
    return list(await downloads_of_lines(shop.pool, [line.id for line in lines]))


def browser(shop: Buying, folder: Path, links: SignedLinks) -> httpx2.AsyncClient:
    """Whoever follows links to the web process."""
    absent: Any = None
    unused: dict[str, Any] = {item.name: None for item in fields(Services)}
    services = Services(**(unused | {"links": links, "now": lambda: shop.now}))
    settings = Settings(commerce_files=folder)
    parts = Parts(settings, shop.pool, absent, absent, services, absent, absent)
    app = Starlette(routes=[download_route(parts)])
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://shop")


async def test_a_guest_buys_a_file_without_an_address_or_stock_and_downloads_it(shop: Buying, tmp_path: Path):
    order_id = await bought(shop, (await with_file(shop, tmp_path), 1))
    links = SignedLinks(make_keys())

    outcome = await deliver(shop, order_id)
    [download] = await downloads(shop, order_id)
    async with browser(shop, tmp_path, links) as http:
        answer = await http.get(links.sign(f"/downloads/{download.id}", shop.now))
        part = await http.get(links.sign(f"/downloads/{download.id}", shop.now), headers={"Range": "bytes=990-"})

    assert outcome is Delivery.DONE
    assert (answer.status_code, hashlib.sha256(answer.content).digest()) == (200, hashlib.sha256(CONTENT).digest())
    assert 'filename="Song.mp3"' in answer.headers["content-disposition"]
    assert (part.status_code, part.content) == (206, b"0123456789")
    assert [item.remaining for item in await downloads(shop, order_id)] == [1]
    order = (await queries.orders_by_id(shop.pool, [order_id]))[0]
    assert order.shipping_address is None
    [line] = await queries.lines_of_orders(shop.pool, [order_id])
    assert (line.fulfilled, line.delivered) == (1, 1)
    assert await shop.pool.fetchval("SELECT status FROM vendor_order") == "DELIVERED"


async def test_no_more_downloads_than_allowed_begin_however_many_ask_at_once(shop: Buying, tmp_path: Path):
    order_id = await bought(shop, (await with_file(shop, tmp_path, downloads_allowed=3), 1))
    await deliver(shop, order_id)
    [download] = await downloads(shop, order_id)
    links = SignedLinks(make_keys())

    async with browser(shop, tmp_path, links) as http:
        found = await outcomes([http.get(links.sign(f"/downloads/{download.id}", shop.now)) for _ in range(10)])

    statuses = [answer.status_code for answer in found if isinstance(answer, httpx2.Response)]
    assert sorted(statuses) == [200] * 3 + [410] * 7


async def test_links_that_are_old_foreign_or_past_their_term_open_nothing(shop: Buying, tmp_path: Path):
    order_id = await bought(shop, (await with_file(shop, tmp_path), 1))
    await deliver(shop, order_id)
    [download] = await downloads(shop, order_id)
    links = SignedLinks(make_keys())
    path = f"/downloads/{download.id}"

    async with browser(shop, tmp_path, links) as http:
        foreign = await http.get(SignedLinks(make_keys()).sign(path, shop.now))
        old = await http.get(links.sign(path, shop.now - timedelta(days=2)))
    late = shop.later(days=31)
    async with browser(late, tmp_path, links) as http:
        over = await http.get(links.sign(path, late.now))

    assert [answer.status_code for answer in (foreign, old, over)] == [403, 403, 410]


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/hostname", "link.txt", ".", "", "a\0b", "missing.txt"])
async def test_no_path_leads_out_of_the_folder(shop: Buying, tmp_path: Path, path: str):
    folder = tmp_path / "files"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    _, variant_id = await digital(shop)

    act = register(keeper(shop).unit_of_work(), RegisterFile(variant_id, "x", path, None, None), FileFolder(folder))

    assert await problems_of(act) == [("NOT_FOUND", ("path",))]


async def test_each_unit_gets_a_key_of_its_own_however_many_orders_ask_at_once(shop: Buying):
    offer, variant_id = await digital(shop)
    await keys(shop, variant_id, *[f"KEY-{number}" for number in range(12)])
    orders = [await bought(shop, (offer, 2)) for _ in range(5)]

    await outcomes([deliver(shop, order) for order in [*orders, *orders]])
    for order in orders:
        await deliver(shop, order)

    given = [item.license_key for order in orders for item in await downloads(shop, order)]
    assert len(given) == len(set(given)) == 10
    assert await shop.pool.fetchval("SELECT count(*) FROM license_key WHERE order_line_id IS NULL") == 2


async def test_units_without_keys_wait_until_some_are_imported(shop: Buying):
    offer, variant_id = await digital(shop)
    await keys(shop, variant_id, "ONE")
    order_id = await bought(shop, (offer, 3))

    first = await deliver(shop, order_id)
    again = await deliver(shop, order_id)
    waiting = [item.license_key for item in await downloads(shop, order_id)]
    notes = (await queries.orders_by_id(shop.pool, [order_id]))[0].internal_notes
    await shop.pool.execute("DELETE FROM queue.pgqueuer")
    added = await keys(shop, variant_id, "ONE", "TWO", "THREE")
    jobs = [row["entrypoint"] for row in await shop.pool.fetch("SELECT entrypoint FROM queue.pgqueuer")]
    last = await deliver(shop, order_id)

    assert (first, again, last) == (Delivery.LACKING, Delivery.LACKING, Delivery.DONE)
    assert (waiting, len(notes), added, jobs) == (["ONE"], 1, 2, ["deliver_digital"])
    assert [item.license_key for item in await downloads(shop, order_id)] == ["ONE", "TWO", "THREE"]
    assert [kind for kind, _ in await shop.events("DOWNLOADS_LACKING")] == ["DOWNLOADS_LACKING"]


async def test_a_canceled_unit_that_waited_gets_no_key(shop: Buying):
    offer, variant_id = await digital(shop)
    await keys(shop, variant_id, "ONE")
    order_id = await bought(shop, (offer, 1))
    act = CancelOrder(order_id, (), None, "asked", new_id("key"))
    await cancel_order(keeper(shop).unit_of_work(), act, Settling(shop.around.gateways, lambda: shop.now))

    outcome = await deliver(shop, order_id)

    assert (outcome, await downloads(shop, order_id)) == (Delivery.DONE, [])


async def test_what_was_refunded_cannot_be_downloaded_any_more(shop: Buying, tmp_path: Path):
    order_id = await bought(shop, (await with_file(shop, tmp_path), 1))
    await deliver(shop, order_id)
    [download] = await downloads(shop, order_id)
    await shop.pool.execute("UPDATE order_line SET refunded = 1")
    links = SignedLinks(make_keys())

    async with browser(shop, tmp_path, links) as http:
        answer = await http.get(links.sign(f"/downloads/{download.id}", shop.now))

    assert (answer.status_code, await downloads(shop, order_id)) == (410, [])


@pytest.mark.parametrize("held", ["PENDING_PAYMENT", "ON_HOLD", "CANCELED"])
async def test_nothing_is_delivered_of_an_order_that_does_not_stand(shop: Buying, tmp_path: Path, held: str):
    order_id = await bought(shop, (await with_file(shop, tmp_path), 1))
    await shop.pool.execute('UPDATE "order" SET status = $1', held)

    await deliver(shop, order_id)

    assert await downloads(shop, order_id) == []


OF_ORDER = """query ($id: ID!) {
    order(id: $id) { lines { nodes { downloads { fileName url remaining licenseKey expiresAt } } } } }"""
VENDOR = Actor(api_key_id=ApiKeyId("key"), vendor_ids=frozenset({VendorId("vendor_x")}))


async def test_only_the_buyer_reads_downloads(shop: Buying, tmp_path: Path):
    order_id = await bought(shop, (await with_file(shop, tmp_path), 1))
    await deliver(shop, order_id)

    async def read(actor: Actor) -> list[dict[str, Any]]:
        result = await LinkedClient(shop.pool, shop.reference, actor=actor, now=shop.now).send(OF_ORDER, id=order_id)
        assert not result.errors
        order = result.data["order"]
        return [] if order is None else list(order["lines"]["nodes"][0]["downloads"])

    [mine] = await read(GUEST)
    others = [await read(actor) for actor in (staff("orders:read"), VENDOR)]

    assert mine["url"].startswith("/downloads/digital_download_")
    assert (mine["fileName"], mine["remaining"], mine["licenseKey"]) == ("Song.mp3", 2, None)
    assert others == [[], []]
