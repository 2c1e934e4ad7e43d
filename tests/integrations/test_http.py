import httpx2
import pytest

from integrations.http import _address


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8123", "https://example.com/", "https://example.com/rest/api/"])
@pytest.mark.parametrize("path", ["/authorizations", "check-vat-number", "/methods/pm_1?a=b%20c", ""])
async def test_a_path_is_laid_upon_an_address_as_a_client_lays_it(base_url: str, path: str):
    async with httpx2.AsyncClient(base_url=base_url) as client:
        assert _address(base_url, path) == client.build_request("GET", path).url


async def test_an_address_of_its_own_is_asked_as_it_is():
    assert _address("", "https://api.example.com/v1/charges") == "https://api.example.com/v1/charges"
