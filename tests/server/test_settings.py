"""Settings: what is wrong is told in one line, and the page about them is of this release."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.settings import Settings, SettingsError
from server.settings_page import PAGE, page
from server.wiring import token_keys

WRONG = [
    ("DATABASE_URL", "mysql://shop:hidden@db/shop", "must begin with postgresql:// or postgres://"),
    ("DATABASE_POOL_SIZE", "1", "input should be greater than or equal to 2"),
    ("DATABASE_PREPARED_STATEMENTS", "perhaps", "input should be a valid boolean, unable to interpret input"),
    ("REDIS_URL", "http://cache", "must begin with redis:// or rediss:// or unix://"),
    ("PORT", "http", "input should be a valid integer, unable to parse string as an integer"),
    ("PORT", "65536", "input should be less than or equal to 65535"),
    ("COMMERCE_PAYMENT_GATEWAY_URL", "gateway:80", "must begin with http:// or https://"),
    ("COMMERCE_EDITOR", "2", "input should be a valid boolean, unable to interpret input"),
    ("COMMERCE_INTROSPECTION", "maybe", "input should be a valid boolean, unable to interpret input"),
    ("COMMERCE_SAMPLE", "some", "input should be a valid boolean, unable to interpret input"),
    (
        "COMMERCE_ALLOWED_ORIGINS",
        "https://a.example,b.example",
        "must be origins by commas, as in https://shop.example, which 'b.example' is not",
    ),
    ("COMMERCE_LOG_LEVEL", "loud", "input should be 'debug', 'info', 'warning' or 'error'"),
    ("COMMERCE_LOG_FORMAT", "xml", "input should be 'auto', 'json' or 'console'"),
    ("COMMERCE_WORKER_PORT", "0", "input should be greater than or equal to 1"),
    ("COMMERCE_DRAIN_SECONDS", "-1", "input should be greater than or equal to 0"),
    ("COMMERCE_TRACES", "on-ish", "input should be a valid boolean, unable to interpret input"),
]


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without any setting of ours."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(("name", "value", "reason"), WRONG)
def test_a_wrong_setting_is_named_with_the_reason(
    bare_environment: pytest.MonkeyPatch, name: str, value: str, reason: str
):
    bare_environment.setenv(name, value)

    with pytest.raises(SettingsError) as refused:
        Settings.read()

    assert str(refused.value) == f"{name}: {reason}"


def test_a_key_that_signs_nothing_is_named(bare_environment: pytest.MonkeyPatch):
    bare_environment.setenv("COMMERCE_TOKEN_KEY", "not a key")

    with pytest.raises(SettingsError, match=r"^COMMERCE_TOKEN_KEY: ") as refused:
        token_keys(Settings.read())

    assert "\n" not in str(refused.value)


def test_what_is_empty_counts_as_not_set(bare_environment: pytest.MonkeyPatch):
    bare_environment.setenv("PORT", "")
    bare_environment.setenv("DATABASE_URL", "")

    settings = Settings.read()

    assert (settings.port, settings.database_url) == (8000, None)


def test_origins_are_read_by_commas(bare_environment: pytest.MonkeyPatch):
    bare_environment.setenv("COMMERCE_ALLOWED_ORIGINS", "https://shop.example, https://pos.example:8443")

    assert Settings.read().commerce_allowed_origins == ("https://shop.example", "https://pos.example:8443")


def test_the_command_ends_with_one_line_and_no_secret(tmp_path: Path):
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "mysql://shop:hidden@db/shop"}

    done = subprocess.run(
        [sys.executable, "-m", "server", "serve"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == "commerce: DATABASE_URL: must begin with postgresql:// or postgres://\n"


def test_the_page_about_settings_is_of_this_release():
    assert PAGE.read_text() == page(), "run `python -m server.settings_page`"
