"""A store that real clients talk to. These tests need Node, and packages of npm: `make test-clients` runs them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from server.sample_accounts import EVENTS_KEY, PASSWORD, SHOPPER, STAFF
from tests.clients.node import must_have_node
from tests.journeys.processes import Store
from tests.places import new_folder

ROUTER_SECRET = "a-secret-of-the-tests"
SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) { accessToken errors { code } } }"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out unless `-m` names them: they install packages, and need more than Python."""
    own = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in own:
        item.add_marker("clients")
    if "clients" not in config.option.markexpr:
        config.hook.pytest_deselected(items=own)
        items[:] = [item for item in items if item not in own]


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """The sample store, as `commerce serve` starts it."""
    must_have_node()
    folder = new_folder("commerce-clients-")
    try:
        with Store(folder / "store", COMMERCE_ROUTER_SECRET=ROUTER_SECRET) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def shop(store: Store) -> dict[str, str]:
    """What a script needs to know of the store, as environment variables."""
    with httpx2.Client(base_url=store.origin, timeout=30.0) as client:
        return {
            "URL": f"{store.origin}/graphql",
            "ROUTER_SECRET": ROUTER_SECRET,
            "EVENTS_KEY": EVENTS_KEY,
            "SHOPPER_TOKEN": access_token(client, SHOPPER),
            "STAFF_TOKEN": access_token(client, STAFF),
            "STAFF_EMAIL": STAFF,
            "PASSWORD": PASSWORD,
        }


def access_token(client: httpx2.Client, email: str) -> str:
    variables = {"input": {"email": email, "password": PASSWORD}}
    answer = client.post("/graphql", json={"query": SIGN_IN, "variables": variables}).json()
    return str(answer["data"]["signIn"]["accessToken"])
