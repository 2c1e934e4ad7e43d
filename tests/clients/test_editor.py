"""GraphiQL in headless Chromium with the network cut: a query, a mutation, a live subscription, and how they look."""

import shutil
from pathlib import Path

import pytest

from tests.clients.node import Finished, names_in, run_script

SCRIPT = "editor.mjs"
PICTURES = {"query", "mutation", "subscription", "explorer", "dark", "narrow-light", "narrow-dark"}
LEAST_BYTES = 10_000


def must_have_chromium() -> str:
    """The path of Chromium; the test is skipped, saying so, where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return found or pytest.skip("Chromium is not installed")


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screenshots")


@pytest.fixture(scope="module")
def edited(shop: dict[str, str], screenshots: Path) -> Finished:
    return run_script(SCRIPT, **shop, CHROMIUM=must_have_chromium(), SCREENSHOTS=str(screenshots))


@pytest.mark.parametrize("name", names_in(SCRIPT))
def test_editor(edited: Finished, name: str):
    assert edited.passed(name), edited.told_of(name)


@pytest.mark.usefixtures("edited")
def test_pictures_are_kept(screenshots: Path):
    sizes = {path.stem: path.stat().st_size for path in screenshots.glob("*.png")}

    assert set(sizes) == PICTURES
    assert min(sizes.values()) > LEAST_BYTES
