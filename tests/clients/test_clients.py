"""Real clients connect, query, persist, subscribe, resume, fail and recover."""

import pytest

from tests.clients.node import Finished, names_in, run_script

SCRIPTS = ("graphql_http.mjs", "graphql_ws.mjs", "graphql_sse.mjs", "apollo_client.mjs", "urql.mjs", "relay.mjs")
CASES = [(script, name) for script in SCRIPTS for name in names_in(script)]


@pytest.fixture(scope="module")
def finished(shop: dict[str, str]) -> dict[str, Finished]:
    return {script: run_script(script, **shop) for script in SCRIPTS}


@pytest.mark.parametrize(("script", "name"), CASES, ids=[f"{script.split('.')[0]}: {name}" for script, name in CASES])
def test_client(finished: dict[str, Finished], script: str, name: str):
    assert finished[script].passed(name), finished[script].told_of(name)


def test_each_script_has_tests():
    assert all(names_in(script) for script in SCRIPTS)
