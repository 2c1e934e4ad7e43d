"""The documents of clients: read from files and manifests, held against the schema, and registered."""

import re
from pathlib import Path

import orjson
import pytest
import strawberry
from graphql import parse
from typer.testing import CliRunner

from execution import Executor
from persistence.registered_documents import registered_documents, registered_text
from persistence.statement import Pool
from server.cli import app
from server.operations.examining import Examiner, cost_of, examiner
from server.operations.manifest import Format, read, written
from server.operations.publishing import publish
from server.operations.reading import ClientDocument, OperationsError, documents_of, hash_of
from server.settings import Settings

SHOP = {
    "shared.graphql": """
        fragment Card on Product { slug ...Name }
        fragment Name on Product { title }
        fragment Unused on Cart { id }
    """,
    "pages.graphql": """
        query Page($slug: String!) { product(slug: $slug) { ...Card } }
        # who is here
        query Me { viewer { id orders(first: 2) { nodes { number } } } }
    """,
    "deep/more.graphql": """
        mutation Sell($input: CartCreateInput!) { cartCreate(input: $input) { errors { code } cart { id } } }
    """,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written_to(tmp_path, SHOP)


def written_to(folder: Path, files: dict[str, str], client: str = "shop") -> Path:
    for name, text in files.items():
        path = folder / client / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_each_operation_is_a_document_with_the_fragments_that_it_spreads(folder: Path):
    found = {each.name: each for each in documents_of("shop", folder)}

    assert list(found) == ["Me", "Page", "Sell"]
    assert re.findall(r"fragment (\w+)", found["Page"].text) == ["Card", "Name"]
    assert (found["Page"].id, found["Page"].source) == (hash_of(found["Page"].text), "shop/pages.graphql")


def test_layout_and_comments_do_not_change_a_document(folder: Path, tmp_path: Path):
    before = documents_of("shop", folder)
    pages = tmp_path / "shop" / "pages.graphql"
    pages.write_text("# other words\n" + pages.read_text().replace("{", "\n  {"))

    assert [each.id for each in documents_of("shop", folder)] == [each.id for each in before]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{ __typename }", "shop/bad.graphql: an operation has no name"),
        ("query Page { __typename }", "shop/pages.graphql: Page is there twice"),
        ("query A { ...Missing }", "shop/bad.graphql: there is no fragment Missing"),
        ("query A {", "shop/bad.graphql: Syntax Error: Expected Name, found <EOF>."),
    ],
)
def test_what_cannot_be_read_is_named_with_its_file(folder: Path, text: str, problem: str):
    written_to(folder, {"bad.graphql": text})

    with pytest.raises(OperationsError, match=re.escape(problem)):
        documents_of("shop", folder)


def test_the_documents_that_are_shipped_run_by_the_schema_of_this_release():
    examine = examiner(Settings())

    assert [problem for each in documents_of("storefront") for problem in examine.problems(each)] == []


def test_a_document_is_registered_with_its_cost_its_fields_and_what_it_needs(folder: Path):
    examine = examiner(Settings())
    found = {each.name: examine.registered(each) for each in documents_of("shop", folder)}

    assert found["Page"].fields == ("Product.slug", "Product.title", "Query.product")
    assert (found["Page"].kind, found["Page"].cost, found["Page"].access) == ("QUERY", 1, ())
    assert found["Me"].cost == 1 + 1 + 2
    assert "authenticated" in found["Me"].access
    assert any(need.startswith("policies self | ") for need in found["Me"].access)
    assert found["Sell"].kind == "MUTATION"


def test_the_cost_is_that_of_the_defaults_of_variables():
    document = "query Q($first: Int = 7) { search(input: {}, first: $first) { nodes { id } } }"
    operation = Executor(shop_schema()).documents.admit("{ product { slug } }").operation(None)
    assert cost_of(operation) == 1
    examine = examiner(Settings())

    assert examine.registered(ClientDocument("shop", "x", "Q", document, "q")).cost == 10 + 1 + 7


def shop_schema(**fields: type) -> strawberry.Schema:
    """A schema whose products have a slug, and these fields."""
    product = strawberry.type(type("Product", (), {"__annotations__": {"slug": str, **fields}}))
    query = strawberry.type(type("Query", (), {"__annotations__": {"product": product}}))
    return strawberry.Schema(query)


def test_a_change_of_the_schema_that_breaks_a_document_names_document_and_client():
    document = ClientDocument("shop", "x", "Page", "query Page { product { slug title } }", "shop/pages.graphql")
    before = Examiner(Executor(shop_schema(title=str)), budget=100)
    after = Examiner(Executor(shop_schema()), budget=100)

    assert list(before.problems(document)) == []
    assert list(after.problems(document)) == [
        "Page of shop (shop/pages.graphql): Cannot query field 'title' on type 'Product'."
    ]


OFFERS = "offers(first: 100) { nodes { id } }"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            f"query Q {{ search(input: {{}}) {{ nodes {{ variants(first: 100) {{ nodes {{ {OFFERS} }} }} }} }} }}",
            "100000",
        ),
        ("mutation Q($i: CartCreateInput!) { cartCreate(input: $i) { cart { id } } }", "select `errors` of cartCreate"),
    ],
)
def test_a_document_that_is_too_dear_or_takes_no_refusal_is_not_registered(text: str, problem: str):
    (found,) = examiner(Settings()).problems(ClientDocument("shop", "x", "Q", text, "q.graphql"))

    assert found.startswith("Q of shop (q.graphql): ")
    assert found.endswith(problem)


def test_the_command_that_checks_names_what_is_broken_and_fails(folder: Path):
    written_to(folder, {"gone.graphql": 'query Gone { product(slug: "x") { price } }'}, client="kiosk")

    checked = CliRunner().invoke(app, ["operations", "check", "--folder", str(folder)])

    assert checked.exit_code == 1
    assert checked.stderr.startswith("Gone of kiosk (kiosk/gone.graphql): Cannot query field 'price'")
    assert CliRunner().invoke(app, ["operations", "check", "--folder", str(folder), "--client", "shop"]).exit_code == 0


@pytest.mark.parametrize("form", list(Format))
def test_a_manifest_holds_what_was_written_to_it(folder: Path, form: Format):
    documents = documents_of("shop", folder)

    again = read(written(documents, form), "shop", "manifest.json")

    assert [(each.id, each.name, each.text) for each in again] == [
        (each.id, each.name, each.text) for each in documents
    ]


def test_the_command_writes_apollos_manifest_and_that_of_codegen(folder: Path, tmp_path: Path):
    target = tmp_path / "persisted.json"

    shown = CliRunner().invoke(app, ["operations", "manifest", "shop", "--folder", str(folder)])
    CliRunner().invoke(
        app, ["operations", "manifest", "shop", "--folder", str(folder), "--format", "codegen", "--output", str(target)]
    )

    apollo, codegen = orjson.loads(shown.stdout), orjson.loads(target.read_bytes())
    assert (apollo["format"], apollo["version"]) == ("apollo-persisted-query-manifest", 1)
    assert [(each["name"], each["type"]) for each in apollo["operations"]] == [
        ("Me", "query"),
        ("Page", "query"),
        ("Sell", "mutation"),
    ]
    assert codegen == {each["id"]: each["body"] for each in apollo["operations"]}
    assert all(hash_of(text) == id and parse(text) for id, text in codegen.items())


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"format": "other", "version": 1, "operations": []}', b'{"a": 5}', b'{"a": "{"}', b'{"": "{ a }"}',
     b'{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}',
     b'{"a": "fragment F on Query { __typename }"}'],
)  # fmt: skip
def test_what_is_no_manifest_is_told(content: bytes):
    with pytest.raises(OperationsError, match=r"^m\.json: "):
        read(content, "shop", "m.json")


async def test_publishing_adds_what_is_new_and_keeps_what_old_clients_use(pool: Pool, folder: Path):
    examine = examiner(Settings())
    first = await publish(pool, documents_of("shop", folder), examine)
    (folder / "shop" / "pages.graphql").write_text("query Page($slug: String!) { product(slug: $slug) { id } }")

    second = await publish(pool, documents_of("shop", folder), examine)

    assert (first.new, first.known, second.new, second.known) == (3, 0, 1, 1)
    kept = await registered_documents(pool)
    assert [each.name for each in kept] == ["Me", "Page", "Page", "Sell"]
    assert kept[0].fields == ("Customer.id", "Customer.orders", "Order.number", "OrderConnection.nodes", "Query.viewer")


async def test_one_broken_document_keeps_all_from_being_registered(pool: Pool, folder: Path):
    broken = ClientDocument("shop", "x", "Broken", "query Broken { nope }", "b.graphql")

    with pytest.raises(OperationsError, match="Broken of shop"):
        await publish(pool, [*documents_of("shop", folder), broken], examiner(Settings()))

    assert await registered_documents(pool) == []


async def test_an_id_stands_for_one_text_whoever_registered_it(pool: Pool):
    examine = examiner(Settings())
    one, other = (
        ClientDocument("shop", "page", "Page", f'query Page {{ product(slug: "{slug}") {{ id }} }}', "p")
        for slug in "ab"
    )
    await publish(pool, [one], examine)
    await publish(pool, [ClientDocument("kiosk", one.id, one.name, one.text, "p")], examine)

    with pytest.raises(OperationsError, match="page is Page of kiosk"):
        await publish(pool, [other], examine)

    assert await registered_text(pool, "page") == one.text
    assert await registered_text(pool, one.sha256) == one.text
