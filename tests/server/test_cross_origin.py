"""Pages of other origins: kept out by browsers unless they are named."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from persistence.ids import new_id
from persistence.statement import Pool
from server.seed import seed
from tests.places import new_folder
from tests.server.watched import serving

SHOP = "https://shop.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("commerce-origins-")
    yield path
    shutil.rmtree(path)


@pytest.mark.parametrize(
    ("origin", "allowed"), [(SHOP, SHOP), ("https://other.example", None)], ids=["named", "not named"]
)
async def test_a_page_may_call_the_api_if_its_origin_is_named(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path, origin: str, allowed: str | None
) -> None:
    await seed(pool, new_id)
    async with serving(folder, worker_database_url, redis_url, COMMERCE_ALLOWED_ORIGINS=SHOP) as (_, guest):
        preflight = await guest.http.options("/graphql", headers={"Origin": origin, **PREFLIGHT})
        answer = await guest.http.post("/graphql", json={"query": "{ __typename }"}, headers={"Origin": origin})

    assert preflight.headers.get("access-control-allow-origin") == allowed
    assert answer.headers.get("access-control-allow-origin") == allowed
    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_the_root_leads_to_the_api(pool: Pool, worker_database_url: str, redis_url: str, folder: Path) -> None:
    await seed(pool, new_id)
    async with serving(folder, worker_database_url, redis_url) as (_, guest):
        answer = await guest.http.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/graphql")
