"""Settings: what is wrong is told in one line, and the page about them is of this release."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from server.settings import Settings, SettingsError
from server.settings_page import PAGE, page
from server.wiring import token_keys

WRONG = [
    ("DATABASE_URL", "mysql://shop:hidden@db/shop", "must begin with postgresql:// or postgres://"),
    ("DATABASE_POOL_SIZE", "1", "must be a whole number from 2 to 500"),
    ("DATABASE_PREPARED_STATEMENTS", "perhaps", "must be `true` or `false`"),
    ("REDIS_URL", "http://cache", "must begin with redis:// or rediss:// or unix://"),
    ("PORT", "http", "must be a whole number from 0 to 65535"),
    ("PORT", "65536", "must be a whole number from 0 to 65535"),
    ("COMMERCE_PAYMENT_GATEWAY_URL", "gateway:80", "must begin with http:// or https://"),
    ("COMMERCE_EDITOR", "2", "must be `true` or `false`"),
    ("COMMERCE_INTROSPECTION", "maybe", "must be `true` or `false`"),
    ("COMMERCE_SAMPLE", "some", "must be `true` or `false`"),
    (
        "COMMERCE_ALLOWED_ORIGINS",
        "https://a.example,b.example",
        "must be origins by commas, as in https://shop.example, which 'b.example' is not",
    ),
    ("COMMERCE_LOG_LEVEL", "loud", "must be debug, info, warning or error"),
    ("COMMERCE_LOG_FORMAT", "xml", "must be auto, json or console"),
    ("COMMERCE_WORKER_PORT", "0", "must be a whole number from 1 to 65535"),
    ("COMMERCE_DRAIN_SECONDS", "-1", "must be a number from 0 to 300"),
    ("COMMERCE_DRAIN_SECONDS", "nan", "must be a number from 0 to 300"),
    ("COMMERCE_SHED_POINTS", "-1", "must be a whole number of at least 0"),
    ("COMMERCE_ROUTER_SECRET", "too short", "must have at least 16 characters"),
    ("COMMERCE_OPENSEARCH_PREFIX", "Shop", "must match ^[a-z0-9][a-z0-9_-]{0,99}$"),
    ("COMMERCE_BANK_ACCOUNTS", "EUR=", "must be accounts by currency, as in EUR=DE89370400440532013000"),
    ("COMMERCE_WEBHOOK_NETWORKS", "10.0.0.0/33", "'10.0.0.0/33' does not appear to be an IPv4 or IPv6 network"),
    ("COMMERCE_TRACES", "on-ish", "must be `true` or `false`"),
]


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without any setting of ours."""
    for each in fields(Settings):
        monkeypatch.delenv(each.name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(("name", "value", "reason"), WRONG)
def test_a_wrong_setting_is_named_with_the_reason(
    bare_environment: pytest.MonkeyPatch, name: str, value: str, reason: str
):
    bare_environment.setenv(name, value)

    with pytest.raises(SettingsError) as refused:
        Settings.read()

    assert str(refused.value) == f"{name}: {reason}"


def test_each_kind_is_read(bare_environment: pytest.MonkeyPatch):
    given = {
        "DATABASE_POOL_SIZE": "5",
        "DATABASE_PREPARED_STATEMENTS": "Off",
        "COMMERCE_DRAIN_SECONDS": "2.5",
        "COMMERCE_FILES": "/srv/files",
        "COMMERCE_LOG_LEVEL": "warning",
        "COMMERCE_BANK_ACCOUNTS": "EUR=DE89370400440532013000, USD=1",
        "COMMERCE_CASH_ON_DELIVERY_COUNTRIES": "DE, AT,",
        "commerce_vat_id": "DE1",
    }
    for name, value in given.items():
        bare_environment.setenv(name, value)

    assert Settings.read() == Settings(
        database_pool_size=5,
        database_prepared_statements=False,
        commerce_drain_seconds=2.5,
        commerce_files=Path("/srv/files"),
        commerce_log_level="warning",
        commerce_bank_accounts={"EUR": "DE89370400440532013000", "USD": "1"},
        commerce_cash_on_delivery_countries=("DE", "AT"),
        commerce_vat_id="DE1",
    )


def test_secrets_are_shown_to_nobody(bare_environment: pytest.MonkeyPatch):
    bare_environment.setenv("COMMERCE_STRIPE_SECRET_KEY", "sk_test_hidden")

    settings = Settings.read()

    assert "hidden" not in f"{settings} {settings!r} {settings.commerce_stripe_secret_key}"
    assert settings.commerce_stripe_secret_key is not None
    assert settings.commerce_stripe_secret_key.reveal() == "sk_test_hidden"


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
