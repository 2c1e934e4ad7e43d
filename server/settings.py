"""Every setting, from the environment; `docs/configuration.md` is made of these descriptions."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self
from urllib.parse import urlsplit

from server.environment import (
    Secret,
    SettingsError,
    flag,
    from_environment,
    matching,
    number,
    one_of,
    secret,
    setting,
    url_of,
    whole,
    words,
)

__all__ = ["Settings", "SettingsError", "named", "table"]


def origins(text: str) -> tuple[str, ...]:
    """`https://a.example, https://b.example` as origins."""
    found = words(text)
    for origin in found:
        if origin != "*" and (not origin.startswith(("http://", "https://")) or urlsplit(origin).path):
            raise ValueError(f"must be origins by commas, as in https://shop.example, which {origin!r} is not")
    return found


def networks(text: str) -> tuple[str, ...]:
    """`10.20.0.0/16, fd00::/8` as networks."""
    found = words(text)
    for word in found:
        ip_network(word)
    return found


def accounts(text: str) -> Mapping[str, str]:
    """`EUR=DE89..., USD=...` as accounts by currency."""
    pairs = [word.partition("=") for word in words(text)]
    if not all(currency.strip() and account.strip() for currency, _, account in pairs):
        raise ValueError("must be accounts by currency, as in EUR=DE89370400440532013000")
    return {currency.strip(): account.strip() for currency, _, account in pairs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Read once at start. What is not set has the default named here."""

    database_url: str | None = setting(
        None,
        url_of("postgresql", "postgres"),
        "PostgreSQL 15 or later, `postgresql://user:password@host/name`. Without it one is run for you.",
    )
    database_pool_size: int = setting(16, whole(2, 500), "Connections that one process holds at the most.")
    database_prepared_statements: bool = setting(
        True, flag, "`false` behind PgBouncer older than 1.21 in transaction mode."
    )
    redis_url: str | None = setting(
        None,
        url_of("redis", "rediss", "unix"),
        "Redis or Valkey, `redis://host:6379/0`. Without it one is run for you.",
    )
    data_dir: Path = setting(Path(".data"), Path, "Where the servers run for you keep their data, and keys are kept.")
    host: str = setting("127.0.0.1", str, "The address to listen on; `0.0.0.0` for all.")
    port: int = setting(8000, whole(0, 65_535), "The port to listen on; 0 for any that is free.")
    commerce_web_processes: int = setting(
        1,
        whole(0, 256),
        "How many processes serve on the port; 0 for one a core. More than one need `DATABASE_URL`, "
        "`REDIS_URL` and a payment gateway to be named, and each holds connections of its own.",
    )
    commerce_token_key: Secret | None = setting(
        None,
        Secret,
        "The Ed25519 key that signs access tokens: a JWK, or a JWK set whose first key signs. "
        "Without it one is made and kept in the data folder, which only one machine can use.",
    )
    commerce_payment_gateway_url: str | None = setting(
        None,
        url_of("http", "https"),
        "Where the test gateway answers, which moves no money. Without it and without a Stripe key, it is "
        "run for you, and so is a double of Stripe.",
    )
    commerce_stripe_secret_key: Secret | None = setting(
        None, Secret, "Stripe's secret key, `sk_live_...` or `sk_test_...`: payments go through Stripe."
    )
    commerce_stripe_publishable_key: str | None = setting(
        None, str, "Stripe's publishable key, which buyers' clients need. Must be set beside the other."
    )
    commerce_stripe_webhook_secret: Secret | None = setting(
        None, Secret, "The signing secret, `whsec_...`, of the webhook endpoint that leads to `/webhooks/stripe`."
    )
    commerce_stripe_url: str | None = setting(
        None, url_of("http", "https"), "Where Stripe's API answers, if not at Stripe: for its double."
    )
    commerce_stripe_methods: tuple[str, ...] = setting(
        ("card",),
        words,
        "Types of Stripe's payment methods that are offered, by commas: `card`, `sepa_debit`, "
        "`customer_balance` (bank transfer), `klarna`.",
    )
    commerce_stripe_multicapture: bool = setting(
        False, flag, "Whether Stripe lets this account capture a payment in parts."
    )
    commerce_payment_return_url: str | None = setting(
        None, url_of("http", "https"), "The page of your shop to which buyers come back from the page of their bank."
    )
    commerce_wishlist_page: str | None = setting(
        None, url_of("http", "https"), "The page of your shop that shows a shared wishlist; `{}` stands for its id."
    )
    commerce_payment_page: str | None = setting(
        None, url_of("http", "https"), "The page of your shop that opens a payment link; `{}` stands for its token."
    )
    commerce_vat_id: str | None = setting(
        None, str, "The shop's own VAT number; VIES gives whoever asks under one a consultation reference."
    )
    commerce_stripe_tax_key: Secret | None = setting(
        None, Secret, "A secret key of Stripe, whose Stripe Tax then computes taxes. Without it: own rates."
    )
    commerce_stripe_tax_url: str | None = setting(
        None, url_of("http", "https"), "Where Stripe Tax answers, if that is not Stripe."
    )
    commerce_tax_fallback: Literal["block", "local"] = setting(
        "block",
        one_of("block", "local"),
        "While Stripe Tax does not answer: `block` sells nothing, `local` sells at the shop's own rates.",
    )
    commerce_vies_url: str = setting(
        "https://ec.europa.eu/taxation_customs/vies/rest-api",
        url_of("http", "https"),
        "Where buyers' VAT numbers are checked.",
    )
    commerce_cash_on_delivery_countries: tuple[str, ...] = setting(
        (), words, "Countries in which carriers take cash at the door, by commas: `DE,AT`."
    )
    commerce_bank_accounts: Mapping[str, str] = setting(
        MappingProxyType({}),
        accounts,
        "Accounts that buyers can transfer money to before goods are sent, one a currency, by commas: "
        "`EUR=DE89370400440532013000,USD=...`.",
    )
    commerce_fonts: Path | None = setting(
        None, Path, "A folder of fonts for invoices in scripts other than Latin, Greek, Cyrillic and Japanese."
    )
    commerce_files: Path | None = setting(
        None, Path, "A folder of the files that are sold as digital goods, on every machine."
    )
    commerce_opensearch_url: str | None = setting(
        None,
        url_of("http", "https"),
        "OpenSearch or Elasticsearch, `https://user:password@host:9200`, which then answers searches, and "
        "the database while it does not. Fill it by `commerce search reindex`.",
    )
    commerce_opensearch_api_key: Secret | None = setting(
        None, Secret, "An API key of Elasticsearch, encoded, in the place of user and password."
    )
    commerce_opensearch_prefix: str = setting(
        "commerce",
        matching(r"^[a-z0-9][a-z0-9_-]{0,99}$"),
        "What the names of this shop's indexes begin with, where several share a cluster.",
    )
    commerce_sealing_key: Secret | None = setting(
        None,
        Secret,
        "What encrypts the signing secrets of webhooks where they are kept: 32 random bytes in base64, or "
        "several such keys by commas, of which the first encrypts and all decrypt. Without it one is made and kept in "
        "the data folder, which only one machine can use.",
    )
    commerce_webhook_networks: tuple[str, ...] = setting(
        (),
        networks,
        "Networks of your own that webhooks of the platform may reach, also by `http://`, by commas: "
        "`10.20.0.0/16`. Those of vendors never may.",
    )
    commerce_webhook_anywhere: bool = setting(
        False, flag, "Whether all webhooks may go to any address, private ones and `http://` too: for development."
    )
    commerce_editor: bool = setting(True, flag, "Whether browsers are given the GraphQL editor.")
    commerce_introspection: bool = setting(True, flag, "Whether the schema can be asked for.")
    commerce_compiled_execution: bool = setting(
        True, flag, "Whether operations are compiled when they come a second time. Answers are the same either way."
    )
    commerce_kept_answers: bool = setting(
        True, flag, "Whether answers that are the same for every guest are kept and given again."
    )
    commerce_kept_answer_megabytes: int = setting(
        32, whole(1, 16_384), "What kept answers may take of the memory of each web process."
    )
    commerce_stale_seconds: int = setting(
        0,
        whole(0, 3_600),
        "For how long a kept answer that is out of date is still given while it is made anew, here and by "
        "CDNs (`stale-while-revalidate`).",
    )
    commerce_router_secret: Secret | None = setting(
        None,
        secret(16),
        "What federation routers send as `Router-Authorization`, which lets them ask for `_service`. "
        "Without it nobody may.",
    )
    commerce_router_enforces_access: bool = setting(
        False,
        flag,
        "Whether `_service` tells routers of `@authenticated`, `@requiresScopes` and `@policy`. Only for "
        "those that enforce them: others refuse such a schema. This server enforces them in any case.",
    )
    commerce_cost_guest: int = setting(
        20_000, whole(0), "Points that one operation of a guest may cost; 0 for no bound."
    )
    commerce_cost_customer: int = setting(
        20_000, whole(0), "Points that one operation of a customer may cost; 0 for no bound."
    )
    commerce_cost_vendor: int = setting(
        50_000, whole(0), "Points that one operation of a member of a vendor may cost; 0 for no bound."
    )
    commerce_cost_staff: int = setting(
        100_000, whole(0), "Points that one operation of a member of staff may cost; 0 for no bound."
    )
    commerce_cost_api_key: int = setting(
        100_000, whole(0), "Points that one operation of an API key may cost; 0 for no bound."
    )
    commerce_rate_address: int = setting(
        100_000,
        whole(0),
        "Points that guests of one address may spend within a minute; 0 for no bound. What trusted proxies "
        "ask for themselves is not counted.",
    )
    commerce_rate_customer: int = setting(
        200_000, whole(0), "Points that one account may spend within a minute; 0 for no bound."
    )
    commerce_rate_api_key: int = setting(
        1_000_000, whole(0), "Points that one API key may spend within a minute; 0 for no bound."
    )
    commerce_shed_points: int = setting(
        50_000,
        whole(0),
        "From how many points of operations that run at once a process refuses some, dear reads of guests "
        "first and checkouts last; 0 for no bound. A thousand points take about five milliseconds.",
    )
    commerce_shed_seconds: float = setting(
        0.5, number(0, 60), "From how long a wait before a request begins the same is done; 0 for no bound."
    )
    commerce_trusted_documents_only: bool = setting(
        False, flag, "Whether only registered documents are answered (`commerce operations publish`), as in production."
    )
    commerce_allowed_origins: tuple[str, ...] = setting(
        (),
        origins,
        "Origins whose pages may call the API, by commas: `https://shop.example,https://pos.example`; "
        "`*` for any. Without any: this server's own.",
    )
    commerce_trusted_proxies: str = setting(
        "127.0.0.1", str, "Addresses whose `X-Forwarded-For` is believed, by commas; `*` for any."
    )
    commerce_sample: bool = setting(True, flag, "Whether an empty database is given the sample catalog.")
    commerce_log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", one_of("debug", "info", "warning", "error"), "What is logged."
    )
    commerce_log_format: Literal["auto", "json", "console"] = setting(
        "auto", one_of("auto", "json", "console"), "`auto` writes for people on a terminal, JSON elsewhere."
    )
    commerce_worker_port: int | None = setting(
        None,
        whole(1, 65_535),
        "Where a worker answers `/health/live`, `/health/ready` and `/metrics`. Without it: nowhere.",
    )
    commerce_drain_seconds: float = setting(10.0, number(0, 300), "How long a stop waits for open requests.")
    commerce_traces: bool = setting(
        False, flag, "Whether OpenTelemetry traces are sent; `OTEL_EXPORTER_OTLP_ENDPOINT` says where."
    )

    @classmethod
    def read(cls) -> Self:
        """The settings of this environment; SettingsError for the first one that is wrong."""
        return from_environment(cls)


def named(settings: Settings, needed_for: str = "this command") -> Settings:
    """The settings, if they name every server: for processes that run beside none of their own."""
    for name in ("database_url", "redis_url"):
        if getattr(settings, name) is None:
            raise SettingsError(f"{name.upper()}: must be set for {needed_for}")
    if settings.commerce_stripe_secret_key is None and settings.commerce_payment_gateway_url is None:
        raise SettingsError(f"COMMERCE_STRIPE_SECRET_KEY: must be set for {needed_for}")
    return settings


def table() -> str:
    """The settings as a Markdown table."""
    lines = ["| variable | default | what it does |", "| --- | --- | --- |"]
    for each in dataclasses.fields(Settings):
        is_told = each.default not in (None, (), MappingProxyType({}))
        default = str(each.default).lower() if isinstance(each.default, bool) else str(each.default)
        told = f"`{default}`" if is_told else ""
        lines.append(f"| `{each.name.upper()}` | {told} | {each.metadata['description']} |")
    return "\n".join(lines) + "\n"
