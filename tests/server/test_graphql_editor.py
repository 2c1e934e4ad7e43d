import re
from collections.abc import AsyncIterator

import httpx2
import orjson
import pytest

import server.web  # noqa: F401 - makes the schema know @inContext
from execution import Executor
from persistence.statement import Pool
from schema.root import schema
from server.editor_samples import EXAMPLES, SampleAccounts
from server.graphql_editor import ASSETS, EditorAccount, EditorOptions
from server.graphql_routes import TransportOptions
from server.sample_accounts import PASSWORD, SHOPPER, STAFF, create_sample_accounts
from tests.server.graphql_server import Toy, serving

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def toy() -> AsyncIterator[Toy]:
    async def accounts() -> list[EditorAccount]:
        return [EditorAccount("</script>", "a@example.com", "secret")]

    options = EditorOptions("Shop <3", ["{ hello } # </script>"], accounts)
    async with serving(TransportOptions(editor=options)) as toy:
        yield toy


async def page_of(toy: Toy) -> httpx2.Response:
    async with httpx2.AsyncClient() as client:
        return await client.get(toy.url, headers=BROWSER)


async def test_a_browser_gets_the_editor(toy):
    page = await page_of(toy)

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>Shop &lt;3</title>" in page.text


async def test_everything_the_page_needs_is_served_by_us(toy):
    page = await page_of(toy)
    references = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    async with httpx2.AsyncClient(base_url=toy.origin) as client:
        answers = [await client.get(path) for path in references if not path.startswith("data:")]

    assert len(answers) == 7
    assert {answer.status_code for answer in answers} == {200}
    assert all(path.startswith(("/graphql/assets/", "data:")) for path in references)
    assert "default-src 'none'; script-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("asset", sorted(ASSETS.glob("*.*s")), ids=lambda path: path.name)
def test_no_asset_loads_anything_from_elsewhere(asset):
    elsewhere = r"(?:src|href)=[\"']https?:|sourceMappingURL|@import|url\([\"']?https?:|https?://(?:unpkg|cdn)[.]"

    assert re.findall(elsewhere, asset.read_text()) == []


async def test_what_the_editor_shows_first_cannot_break_out_of_the_page(toy):
    page = await page_of(toy)
    [settings] = re.findall(r'<script id="settings" type="application/json">(.*?)</script>', page.text)

    account = {"name": "</script>", "email": "a@example.com", "password": "secret", "api_key": None}
    assert orjson.loads(settings) == {"examples": ["{ hello } # </script>"], "accounts": [account]}


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_a_valid_operation(example: str):
    Executor(schema).admit(example)


async def test_sample_accounts_are_offered_where_they_are(pool: Pool):
    await create_sample_accounts(pool)

    offered = await SampleAccounts(pool)()

    people = {account.email: account.password for account in offered}
    assert people.items() >= {SHOPPER: PASSWORD, STAFF: PASSWORD}.items()
    assert [account.name for account in offered if account.api_key] == ["a program, by its API key"]


async def test_no_sample_accounts_are_offered_where_there_are_none(pool: Pool):
    assert await SampleAccounts(pool)() == ()


async def test_a_program_that_takes_anything_gets_json_not_the_editor(toy):
    async with httpx2.AsyncClient() as client:
        response = await client.get(toy.url, params={"query": "{ hello }"})

    assert response.json() == {"data": {"hello": "Hello, world!"}}


async def test_the_editor_can_be_switched_off():
    async with serving(TransportOptions(editor=None)) as toy, httpx2.AsyncClient(base_url=toy.origin) as client:
        page = await client.get("/graphql", headers=BROWSER)
        asset = await client.get("/graphql/assets/editor.js")

    assert (page.status_code, page.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert asset.status_code == 404
