"""Imports into a real database."""

import asyncio
import gzip
import os
import signal
import sys
from typing import Any

import asyncpg
import orjson
import pytest

from persistence.statement import Database, Pool
from server.imports.products import BATCH_ROWS, ImportReport, Progress, import_products
from server.imports.reader import UnreadableFileError
from tests.factories.imports import (
    make_offer,
    make_plain_row,
    make_price,
    make_row,
    make_variant_row,
    seed_store,
    write_rows,
)

TABLES = (
    "product",
    "variant",
    "offer",
    "price",
    "stock_level",
    "stock_movement",
    "event",
    "slug",
    "attribute",
    "brand",
)


@pytest.fixture
async def shop(pool: Pool) -> Pool:
    """A database with markets, two vendors and a warehouse of each."""
    await seed_store(pool)
    return pool


@pytest.fixture
def load(shop: Pool, tmp_path: Any) -> Any:
    """Import rows as one file, and report."""

    async def load_rows(*rows: dict[str, Any]) -> ImportReport:
        return await import_products(shop, write_rows(tmp_path / "rows.jsonl", *rows))

    return load_rows


async def everything(database: Database) -> dict[str, list[str]]:
    """All rows of the tables an import writes, with the transaction that wrote each."""
    return {
        table: [row[0] for row in await database.fetch(f"SELECT (t.xmin, t.*)::text FROM {table} AS t ORDER BY 1")]
        for table in TABLES
    }


def rejects(report: ImportReport) -> list[tuple[int, str | None, str]]:
    if report.errors_path is None:
        return []
    lines = [orjson.loads(line) for line in report.errors_path.read_bytes().splitlines()]
    return [(line["line"], line["external_id"], line["reason"]) for line in lines]


def stocked(on_hand: int, **fields: Any) -> dict[str, Any]:
    offer = make_offer(stock=[{"warehouse": "reno", "on_hand": on_hand}])
    return make_row(variants=[make_variant_row(offers=[offer])], **fields)


def priced(*prices: dict[str, Any]) -> dict[str, Any]:
    return make_row(variants=[make_variant_row(offers=[make_offer(prices=list(prices))])])


async def test_a_row_becomes_a_product_with_all_that_belongs_to_it(shop, load):
    translations = {"de": {"title": "Kessel", "slug": "kessel", "attributes": {"material": "Material"},
                           "attribute_values": {"Steel": "Stahl"}}}  # fmt: skip

    report = await load(make_row(translations=translations))

    product = await shop.fetchrow(
        "SELECT product.*, brand.name AS brand, category.name AS category, category.lineage FROM product "
        "JOIN brand ON brand.id = brand_id JOIN category ON category.id = category_id"
    )
    variant = await shop.fetchrow("SELECT * FROM variant")
    attribute = await shop.fetchrow("SELECT * FROM attribute WHERE key = 'material'")
    assert (report.created, report.changed, report.unchanged, report.rejected) == (1, 0, 0, 0)
    assert (product["slug"], product["brand"], product["category"]) == ("lund-kettle", "Eskelund", "Kettles")
    assert len(product["lineage"]) == 2
    assert product["attributes"] == {"material": "Steel", "capacity_ml": 900}
    assert product["translations"] == {"de": {"title": "Kessel", "slug": "kessel"}}
    assert (variant["sku"], variant["gtin"], variant["title"]) == ("KETTLE", "4006381333931", "Lund Kettle")
    assert (attribute["kind"], attribute["label"]) == ("TEXT", "Material")
    assert attribute["translations"] == {"de": {"label": "Material", "values": {"Steel": "Stahl"}}}
    assert await shop.fetchval("SELECT amount_minor FROM price") == 4800
    slugs = await shop.fetch("SELECT language, slug FROM slug WHERE kind = 'PRODUCT' ORDER BY 1")
    assert [tuple(row) for row in slugs] == [("de", "kessel"), ("en", "lund-kettle")]


async def test_options_are_kept_in_the_order_of_the_variants(shop, load):
    variants = [
        make_variant_row(sku="L", gtins=[], options={"Size": "Large"}),
        make_variant_row(sku="S", gtins=[], options={"Size": "Small"}),
    ]
    words = {"options": {"Size": "Größe"}, "values": {"Large": "Groß", "Small": "Klein"}}

    await load(make_row(options=["Size"], variants=variants, translations={"de": words}))

    product = await shop.fetchrow("SELECT options, translations FROM product")
    assert product["options"] == [
        {"name": "Size", "values": [{"name": "Large", "swatch": None}, {"name": "Small", "swatch": None}]}
    ]
    assert product["translations"]["de"]["options"] == {
        "Size": {"label": "Größe", "values": {"Large": "Groß", "Small": "Klein"}}
    }
    titles = await shop.fetch("SELECT title FROM variant ORDER BY position")
    assert [row[0] for row in titles] == ["Large", "Small"]


async def test_a_second_run_writes_nothing_at_all(shop, load):
    rows = [make_row(), *(make_plain_row(number) for number in range(BATCH_ROWS + 20))]
    await load(*rows)
    before = await everything(shop)

    report = await load(*rows)

    assert (report.created, report.changed, report.unchanged) == (0, 0, len(rows))
    assert await everything(shop) == before


async def test_a_changed_row_changes_what_differs_alone(shop, load):
    rows = [make_row(), make_plain_row(1)]
    await load(*rows)
    before = await everything(shop)

    report = await load(make_row(title="Lund Kettle, Large"), make_plain_row(1))

    after = await everything(shop)
    assert (report.changed, report.unchanged) == (1, 1)
    product = await shop.fetchrow("SELECT title, slug, version FROM product WHERE external_id = 'kettle'")
    assert tuple(product) == ("Lund Kettle, Large", "lund-kettle", 2)
    for table in ("offer", "price", "stock_level", "stock_movement", "slug", "attribute", "brand"):
        assert after[table] == before[table], table
    assert len(after["event"]) == len(before["event"]) + 1


async def test_bad_rows_are_told_and_the_rest_goes_in(load, tmp_path):
    path = write_rows(tmp_path / "rows.jsonl", make_plain_row(1), make_plain_row(2, title=""), make_plain_row(3))
    path.write_bytes(path.read_bytes() + b"{broken\n")
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()[:3]]

    report = await load(*rows)

    assert (report.created, report.rejected) == (2, 1)
    assert rejects(report) == [(2, "plain-2", "title: String should have at least 1 character")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (make_row(collections=["none"]), "there is no collection 'none'"),
        (make_row(variants=[make_variant_row(offers=[make_offer(vendor="none")])]), "there is no vendor 'none'"),
        (priced(make_price(currency="CHF", market="us")), "there is no price list of CHF in market 'us'"),
        (priced(make_price(currency="CHF", market=None)), "there is no price list of CHF"),
        (
            make_row(variants=[make_variant_row(offers=[make_offer(stock=[{"warehouse": "none", "on_hand": 1}])])]),
            "there is no warehouse 'none'",
        ),
        (
            make_row(variants=[make_variant_row(offers=[make_offer(stock=[{"warehouse": "fulda", "on_hand": 1}])])]),
            "warehouse 'fulda' is not one of vendor 'house'",
        ),
        (make_row(translations={"en": {"title": "Kettle"}}), "translations: 'en' is the catalog's own language"),
    ],
    ids=["collection", "vendor", "market", "currency", "warehouse", "vendor's warehouse", "language"],
)
async def test_a_row_that_names_what_does_not_exist_is_refused_and_writes_nothing(shop, load, row, reason):
    report = await load(row)

    assert rejects(report) == [(1, "kettle", reason)]
    assert await shop.fetchval("SELECT count(*) FROM product") == 0
    assert await shop.fetchval("SELECT count(*) FROM event") == 0


async def test_a_product_that_stands_twice_in_a_file_is_taken_once(load):
    report = await load(make_row(), make_row(title="Another"))

    assert report.created == 1
    assert rejects(report) == [(2, "kettle", "the product stands in an earlier line of this file")]


async def test_a_sku_of_another_product_is_refused(load):
    await load(make_row())

    report = await load(make_row(external_id="copy"))

    assert rejects(report) == [(1, "copy", "SKU 'KETTLE' belongs to another product")]


async def test_two_new_products_with_one_sku_do_not_stop_the_rest(shop, load):
    rows = [make_plain_row(number) for number in range(40)]
    twin = make_row(external_id="twin", variants=[make_variant_row(sku="SKU-7", gtins=[])])

    report = await load(*rows, twin)

    assert report.created == 40
    assert [(line, external_id) for line, external_id, _ in rejects(report)] in ([(41, "twin")], [(8, "plain-7")])
    assert await shop.fetchval("SELECT count(*) FROM variant WHERE sku = 'SKU-7'") == 1


async def test_products_of_one_title_have_slugs_of_their_own(shop, load):
    rows = [make_plain_row(number, title="Same") for number in range(3)]

    await load(*rows)

    slugs = await shop.fetch("SELECT slug FROM product ORDER BY external_id")
    assert [row[0] for row in slugs] == ["same", "same-plain-1", "same-plain-2"]


async def test_a_slug_that_is_said_is_never_another_products(load):
    report = await load(make_plain_row(1, slug="taken"), make_plain_row(2, slug="taken"))

    assert rejects(report) == [(2, "plain-2", "slug 'taken' (en) names another product")]


async def test_a_new_slug_leaves_the_old_one_as_a_redirect(shop, load):
    await load(make_row(slug="old"))

    await load(make_row(slug="new"))

    slugs = await shop.fetch("SELECT slug, is_current FROM slug WHERE kind = 'PRODUCT' ORDER BY slug")
    assert [tuple(row) for row in slugs] == [("new", True), ("old", False)]
    assert await shop.fetchval("SELECT slug FROM product") == "new"


async def test_prices_are_what_the_row_says_and_dated_ones_are_left_alone(shop, load):
    await load(priced(make_price(), make_price(min_quantity=10, amount="40.00")))
    await shop.execute(
        "INSERT INTO price (offer_id, price_list_id, min_quantity, amount_minor, starts_at, ends_at) "
        "SELECT offer_id, price_list_id, 1, 100, now(), now() + '1 day'::interval FROM price LIMIT 1"
    )

    await load(priced(make_price(amount="44.00")))

    prices = await shop.fetch("SELECT amount_minor, min_quantity, starts_at IS NULL FROM price ORDER BY 1")
    assert [tuple(row) for row in prices] == [(100, 1, False), (4400, 1, True)]
    events = await shop.fetch("SELECT type FROM event ORDER BY recorded_at, type")
    assert [row[0] for row in events] == ["PRODUCT_CHANGED", "PRICE_CHANGED"]


async def test_a_price_without_a_market_goes_into_every_market_of_its_currency(shop, load):
    await shop.execute(
        "INSERT INTO price_list (id, handle, name, currency, market_id) "
        "SELECT 'list_gb_usd', 'gb-usd', 'gb-usd', 'USD', id FROM market WHERE handle = 'gb'"
    )

    await load(priced({"currency": "USD", "amount": "48.00"}, make_price(amount="45.00")))

    prices = await shop.fetch(
        "SELECT handle, amount_minor FROM price JOIN price_list ON price_list.id = price_list_id ORDER BY 1"
    )
    assert [tuple(row) for row in prices] == [("gb-usd", 4800), ("us", 4500)]


async def test_s8_the_sum_of_movements_is_what_is_on_hand(shop, load):
    for on_hand in (12, 12, 0, 30):
        await load(stocked(on_hand, title=f"Counted {on_hand}"))

    deltas = await shop.fetch("SELECT delta, reason FROM stock_movement ORDER BY id")
    assert [tuple(row) for row in deltas] == [(12, "IMPORT"), (-12, "IMPORT"), (30, "IMPORT")]
    assert await shop.fetchval("SELECT on_hand FROM stock_level") == 30
    assert await shop.fetchval("SELECT count(*) FROM event WHERE type = 'STOCK_CHANGED'") == 2


async def test_s8_a_row_whose_count_is_the_same_as_before_does_not_undo_sales(shop, load):
    await load(stocked(12))
    await shop.execute("UPDATE stock_level SET on_hand = 9")

    await load(stocked(12, title="Renamed"))

    assert await shop.fetchval("SELECT on_hand FROM stock_level") == 9
    assert await shop.fetchval("SELECT title FROM product") == "Renamed"


async def test_s1_a_count_below_what_is_promised_to_buyers_is_refused(shop, load):
    await load(stocked(12))
    await shop.execute("UPDATE stock_level SET reserved = 2, allocated = 3")

    report = await load(stocked(4))

    assert rejects(report) == [(1, "kettle", "4 of 'KETTLE' in 'reno', but 5 are promised to buyers")]
    assert await shop.fetchval("SELECT on_hand FROM stock_level") == 12


async def test_offers_that_others_made_are_left_alone(shop, load):
    await load(make_row())
    await load(make_row(variants=[make_variant_row(offers=[make_offer(vendor="tannwerk", stock=[])])]))

    offers = await shop.fetch(
        "SELECT vendor.slug, offer.status FROM offer JOIN vendor ON vendor.id = vendor_id ORDER BY 1"
    )
    assert [tuple(row) for row in offers] == [("house", "ACTIVE"), ("tannwerk", "ACTIVE")]


async def test_an_attribute_with_values_of_two_kinds_is_a_text(shop, load):
    await load(make_plain_row(1, attributes={"size": 4}), make_plain_row(2, attributes={"size": "large"}))

    assert await shop.fetchval("SELECT kind FROM attribute WHERE key = 'size'") == "TEXT"


async def test_progress_reaches_the_end_of_the_file(shop, tmp_path):
    rows = [make_plain_row(number) for number in range(BATCH_ROWS + 1)]
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(orjson.dumps(row) + b"\n" for row in rows)))
    seen: list[Progress] = []

    await import_products(shop, path, report=seen.append)

    assert [progress.rows_read for progress in seen] == [BATCH_ROWS, BATCH_ROWS + 1, BATCH_ROWS + 1]
    assert seen[-1].bytes_read == seen[-1].bytes_total == path.stat().st_size


async def test_a_damaged_file_keeps_what_was_read_before_the_damage(shop, tmp_path):
    rows = [make_plain_row(number, description=os.urandom(200).hex()) for number in range(BATCH_ROWS * 2)]
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(orjson.dumps(row) + b"\n" for row in rows))[:-5_000])

    with pytest.raises(UnreadableFileError, match="damaged"):
        await import_products(shop, path)

    assert await shop.fetchval("SELECT count(*) FROM product") == BATCH_ROWS
    assert len(await indexed(shop)) == BATCH_ROWS


async def test_an_import_that_the_database_fails_ends_with_the_reason_and_leaves_whole_batches(shop, tmp_path):
    rows = [make_plain_row(number) for number in range(BATCH_ROWS * 4)]
    await import_products(shop, write_rows(tmp_path / "first.jsonl", *rows[:BATCH_ROWS]))
    await shop.execute("ALTER TABLE stock_movement RENAME TO gone")

    with pytest.raises(asyncpg.UndefinedTableError):
        await import_products(shop, write_rows(tmp_path / "rows.jsonl", *rows))

    await shop.execute("ALTER TABLE gone RENAME TO stock_movement")
    assert await shop.fetchval("SELECT count(*) FROM product") == BATCH_ROWS
    assert await shop.fetchval("SELECT count(*) FROM offer") == BATCH_ROWS


async def indexed(pool: Pool) -> list[str]:
    """The external ids of the products that search knows in full."""
    rows = await pool.fetch(
        "SELECT external_id FROM product WHERE id IN (SELECT product_id FROM search_product) "
        "AND id IN (SELECT product_id FROM search_document) AND id IN (SELECT product_id FROM search_price) "
        "AND id IN (SELECT product_id FROM search_code) ORDER BY 1"
    )
    return [row[0] for row in rows]


async def test_everything_can_be_found_when_an_import_ends(shop, load):
    rows = [make_plain_row(number) for number in range(BATCH_ROWS * 2 + 1)]

    await load(*rows)

    assert await indexed(shop) == sorted(row["external_id"] for row in rows)
    assert await shop.fetchval("SELECT count(*) FROM search_due") == 0
    documents = await shop.fetchval("SELECT document_count FROM search_lexeme WHERE lexeme = ''")
    assert documents == len(rows)


async def test_what_an_earlier_run_left_to_be_indexed_is_indexed_though_no_row_has_changed(shop, load):
    await load(make_plain_row(1))
    await shop.execute("INSERT INTO search_due SELECT id FROM product")
    await shop.execute("TRUNCATE search_product, search_document, search_price, search_code")

    report = await load(make_plain_row(1))

    assert (report.created, report.unchanged) == (0, 1)
    assert await indexed(shop) == ["plain-1"]


async def test_two_imports_of_one_file_at_once_end_like_one(shop, tmp_path):
    rows = [make_plain_row(number) for number in range(60)]
    paths = [write_rows(tmp_path / f"rows-{at}.jsonl", *rows) for at in range(2)]

    reports = await asyncio.gather(*(import_products(shop, path) for path in paths))

    assert sum(report.created for report in reports) == 60
    assert [report.rejected for report in reports] == [0, 0]
    assert await shop.fetchval("SELECT sum(delta) FROM stock_movement") == 60 * 12
    assert await shop.fetchval("SELECT max(version) FROM product") == 1
    assert len(await indexed(shop)) == 60


KILLED = """
import asyncio, sys
from pathlib import Path
from persistence.engine import open_pool
from server.imports.products import import_products

async def main():
    pool = await open_pool(sys.argv[1], min_size=1, max_size=2)
    await import_products(pool, Path(sys.argv[2]))

asyncio.run(main())
"""


async def test_a_run_after_a_kill_finishes_the_job_without_doubles(shop, worker_database_url, tmp_path):
    rows = [make_plain_row(number) for number in range(BATCH_ROWS * 8)]
    path = write_rows(tmp_path / "rows.jsonl", *rows)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, worker_database_url, str(path))
    while await shop.fetchval("SELECT count(*) FROM product") < BATCH_ROWS:
        assert process.returncode is None
        await asyncio.sleep(0.01)

    process.send_signal(signal.SIGKILL)
    await process.wait()
    done = await shop.fetchval("SELECT count(*) FROM product")
    report = await import_products(shop, path)

    assert BATCH_ROWS <= done < len(rows)
    assert report.unchanged >= done
    assert report.created + report.unchanged == len(rows)
    for table in ("product", "variant", "offer", "price", "stock_level", "stock_movement"):
        assert await shop.fetchval(f"SELECT count(*) FROM {table}") == len(rows), table
    assert await shop.fetchval("SELECT count(*) FROM event") == len(rows)
    assert len(await indexed(shop)) == len(rows)
    assert await shop.fetchval("SELECT count(*) FROM search_due") == 0
