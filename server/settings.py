"""Every setting, from the environment; `docs/configuration.md` is made of these descriptions."""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)


class SettingsError(Exception):
    """One line that says which setting is wrong, and why."""


def _url_of(*schemes: str) -> AfterValidator:
    def check(url: str | None) -> str | None:
        if url is not None and urlsplit(url).scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return url

    return AfterValidator(check)


def _origins(given: object) -> object:
    """`https://a.example, https://b.example` as a tuple of origins."""
    if not isinstance(given, str):
        return given
    origins = tuple(origin.strip() for origin in given.split(",") if origin.strip())
    for origin in origins:
        if origin != "*" and (not origin.startswith(("http://", "https://")) or urlsplit(origin).path):
            raise ValueError(f"must be origins by commas, as in https://shop.example, which {origin!r} is not")
    return origins


def _words(given: object) -> object:
    """`DE, AT` as a tuple of words."""
    return tuple(word.strip() for word in given.split(",") if word.strip()) if isinstance(given, str) else given


def _networks(given: object) -> object:
    """`10.20.0.0/16, fd00::/8` as a tuple of networks."""
    words = _words(given)
    for word in words if isinstance(words, tuple) else ():
        ip_network(word)
    return words


def _accounts(given: object) -> object:
    """`EUR=DE89..., USD=...` as accounts by currency."""
    if not isinstance(given, str):
        return given
    pairs = [pair.partition("=") for pair in given.split(",") if pair.strip()]
    if not all(currency.strip() and account.strip() for currency, _, account in pairs):
        raise ValueError("must be accounts by currency, as in EUR=DE89370400440532013000")
    return {currency.strip(): account.strip() for currency, _, account in pairs}


class Settings(BaseModel):
    """Read once at start. What is not set, or empty, has the default named here; what is given wins over both."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    database_url: Annotated[str | None, _url_of("postgresql", "postgres")] = Field(
        default=None,
        description="PostgreSQL 15 or later, `postgresql://user:password@host/name`. Without it one is run for you.",
    )
    database_pool_size: int = Field(
        default=16, ge=2, le=500, description="Connections that one process holds at the most."
    )
    database_prepared_statements: bool = Field(
        default=True, description="`false` behind PgBouncer older than 1.21 in transaction mode."
    )
    redis_url: Annotated[str | None, _url_of("redis", "rediss", "unix")] = Field(
        default=None, description="Redis or Valkey, `redis://host:6379/0`. Without it one is run for you."
    )
    data_dir: Path = Field(
        default=Path(".data"), description="Where the servers run for you keep their data, and keys are kept."
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on; `0.0.0.0` for all.")
    port: int = Field(default=8000, ge=0, le=65_535, description="The port to listen on; 0 for any that is free.")
    commerce_web_processes: int = Field(
        default=1,
        ge=0,
        le=256,
        description="How many processes serve on the port; 0 for one a core. More than one need `DATABASE_URL`, "
        "`REDIS_URL` and a payment gateway to be named, and each holds connections of its own.",
    )
    commerce_token_key: SecretStr | None = Field(
        default=None,
        description="The Ed25519 key that signs access tokens: a JWK, or a JWK set whose first key signs. "
        "Without it one is made and kept in the data folder, which only one machine can use.",
    )
    commerce_payment_gateway_url: Annotated[str | None, _url_of("http", "https")] = Field(
        default=None,
        description="Where the test gateway answers, which moves no money. Without it and without a Stripe key, it is "
        "run for you, and so is a double of Stripe.",
    )
    commerce_stripe_secret_key: SecretStr | None = Field(
        default=None, description="Stripe's secret key, `sk_live_...` or `sk_test_...`: payments go through Stripe."
    )
    commerce_stripe_publishable_key: str | None = Field(
        default=None, description="Stripe's publishable key, which buyers' clients need. Must be set beside the other."
    )
    commerce_stripe_webhook_secret: SecretStr | None = Field(
        default=None,
        description="The signing secret, `whsec_...`, of the webhook endpoint that leads to `/webhooks/stripe`.",
    )
    commerce_stripe_url: Annotated[str | None, _url_of("http", "https")] = Field(
        default=None, description="Where Stripe's API answers, if not at Stripe: for its double."
    )
    commerce_stripe_methods: Annotated[tuple[str, ...], BeforeValidator(_words)] = Field(
        default=("card",),
        description="Types of Stripe's payment methods that are offered, by commas: `card`, `sepa_debit`, "
        "`customer_balance` (bank transfer), `klarna`.",
    )
    commerce_stripe_multicapture: bool = Field(
        default=False, description="Whether Stripe lets this account capture a payment in parts."
    )
    commerce_payment_return_url: Annotated[str | None, _url_of("http", "https")] = Field(
        default=None, description="The page of your shop to which buyers come back from the page of their bank."
    )
    commerce_wishlist_page: Annotated[str | None, _url_of("http", "https")] = Field(
        default=None, description="The page of your shop that shows a shared wishlist; `{}` stands for its id."
    )
    commerce_payment_page: Annotated[str | None, _url_of("http", "https")] = Field(
        default=None, description="The page of your shop that opens a payment link; `{}` stands for its token."
    )
    commerce_vat_id: str | None = Field(
        default=None,
        description="The shop's own VAT number; VIES gives whoever asks under one a consultation reference.",
    )
    commerce_stripe_tax_key: SecretStr | None = Field(
        default=None, description="A secret key of Stripe, whose Stripe Tax then computes taxes. Without it: own rates."
    )
    commerce_stripe_tax_url: Annotated[str | None, _url_of("http", "https")] = Field(
        default=None, description="Where Stripe Tax answers, if that is not Stripe."
    )
    commerce_tax_fallback: Literal["block", "local"] = Field(
        default="block",
        description="While Stripe Tax does not answer: `block` sells nothing, `local` sells at the shop's own rates.",
    )
    commerce_vies_url: Annotated[str, _url_of("http", "https")] = Field(
        default="https://ec.europa.eu/taxation_customs/vies/rest-api",
        description="Where buyers' VAT numbers are checked.",
    )
    commerce_cash_on_delivery_countries: Annotated[tuple[str, ...], BeforeValidator(_words)] = Field(
        default=(), description="Countries in which carriers take cash at the door, by commas: `DE,AT`."
    )
    commerce_bank_accounts: Annotated[dict[str, str], BeforeValidator(_accounts)] = Field(
        default={},
        description="Accounts that buyers can transfer money to before goods are sent, one a currency, by commas: "
        "`EUR=DE89370400440532013000,USD=...`.",
    )
    commerce_fonts: Path | None = Field(
        default=None,
        description="A folder of fonts for invoices in scripts other than Latin, Greek, Cyrillic and Japanese.",
    )
    commerce_files: Path | None = Field(
        default=None, description="A folder of the files that are sold as digital goods, on every machine."
    )
    commerce_opensearch_url: Annotated[str | None, _url_of("http", "https")] = Field(
        default=None,
        description="OpenSearch or Elasticsearch, `https://user:password@host:9200`, which then answers searches, and "
        "the database while it does not. Fill it by `commerce search reindex`.",
    )
    commerce_opensearch_api_key: SecretStr | None = Field(
        default=None, description="An API key of Elasticsearch, encoded, in the place of user and password."
    )
    commerce_opensearch_prefix: str = Field(
        default="commerce",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$",
        description="What the names of this shop's indexes begin with, where several share a cluster.",
    )
    commerce_sealing_key: SecretStr | None = Field(
        default=None,
        description="What encrypts the signing secrets of webhooks where they are kept: 32 random bytes in base64, or "
        "several such keys by commas, of which the first encrypts and all decrypt. Without it one is made and kept in "
        "the data folder, which only one machine can use.",
    )
    commerce_webhook_networks: Annotated[tuple[str, ...], BeforeValidator(_networks)] = Field(
        default=(),
        description="Networks of your own that webhooks of the platform may reach, also by `http://`, by commas: "
        "`10.20.0.0/16`. Those of vendors never may.",
    )
    commerce_webhook_anywhere: bool = Field(
        default=False,
        description="Whether all webhooks may go to any address, private ones and `http://` too: for development.",
    )
    commerce_editor: bool = Field(default=True, description="Whether browsers are given the GraphQL editor.")
    commerce_introspection: bool = Field(default=True, description="Whether the schema can be asked for.")
    commerce_compiled_execution: bool = Field(
        default=True,
        description="Whether operations are compiled when they come a second time. Answers are the same either way.",
    )
    commerce_kept_answers: bool = Field(
        default=True, description="Whether answers that are the same for every guest are kept and given again."
    )
    commerce_kept_answer_megabytes: int = Field(
        default=32, ge=1, le=16_384, description="What kept answers may take of the memory of each web process."
    )
    commerce_stale_seconds: int = Field(
        default=0,
        ge=0,
        le=3_600,
        description="For how long a kept answer that is out of date is still given while it is made anew, here and by "
        "CDNs (`stale-while-revalidate`).",
    )
    commerce_router_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="What federation routers send as `Router-Authorization`, which lets them ask for `_service`. "
        "Without it nobody may.",
    )
    commerce_router_enforces_access: bool = Field(
        default=False,
        description="Whether `_service` tells routers of `@authenticated`, `@requiresScopes` and `@policy`. Only for "
        "those that enforce them: others refuse such a schema. This server enforces them in any case.",
    )
    commerce_cost_guest: int = Field(
        default=20_000, ge=0, description="Points that one operation of a guest may cost; 0 for no bound."
    )
    commerce_cost_customer: int = Field(
        default=20_000, ge=0, description="Points that one operation of a customer may cost; 0 for no bound."
    )
    commerce_cost_vendor: int = Field(
        default=50_000, ge=0, description="Points that one operation of a member of a vendor may cost; 0 for no bound."
    )
    commerce_cost_staff: int = Field(
        default=100_000, ge=0, description="Points that one operation of a member of staff may cost; 0 for no bound."
    )
    commerce_cost_api_key: int = Field(
        default=100_000, ge=0, description="Points that one operation of an API key may cost; 0 for no bound."
    )
    commerce_rate_address: int = Field(
        default=100_000,
        ge=0,
        description="Points that guests of one address may spend within a minute; 0 for no bound. What trusted proxies "
        "ask for themselves is not counted.",
    )
    commerce_rate_customer: int = Field(
        default=200_000, ge=0, description="Points that one account may spend within a minute; 0 for no bound."
    )
    commerce_rate_api_key: int = Field(
        default=1_000_000, ge=0, description="Points that one API key may spend within a minute; 0 for no bound."
    )
    commerce_shed_points: int = Field(
        default=50_000,
        ge=0,
        description="From how many points of operations that run at once a process refuses some, dear reads of guests "
        "first and checkouts last; 0 for no bound. A thousand points take about five milliseconds.",
    )
    commerce_shed_seconds: float = Field(
        default=0.5,
        ge=0,
        le=60,
        description="From how long a wait before a request begins the same is done; 0 for no bound.",
    )
    commerce_trusted_documents_only: bool = Field(
        default=False,
        description="Whether only registered documents are answered (`commerce operations publish`), as in production.",
    )
    commerce_allowed_origins: Annotated[tuple[str, ...], BeforeValidator(_origins)] = Field(
        default=(),
        description="Origins whose pages may call the API, by commas: `https://shop.example,https://pos.example`; "
        "`*` for any. Without any: this server's own.",
    )
    commerce_trusted_proxies: str = Field(
        default="127.0.0.1", description="Addresses whose `X-Forwarded-For` is believed, by commas; `*` for any."
    )
    commerce_sample: bool = Field(default=True, description="Whether an empty database is given the sample catalog.")
    commerce_log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is logged."
    )
    commerce_log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="`auto` writes for people on a terminal, JSON elsewhere."
    )
    commerce_worker_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="Where a worker answers `/health/live`, `/health/ready` and `/metrics`. Without it: nowhere.",
    )
    commerce_drain_seconds: float = Field(
        default=10.0, ge=0, le=300, description="How long a stop waits for open requests."
    )
    commerce_traces: bool = Field(
        default=False, description="Whether OpenTelemetry traces are sent; `OTEL_EXPORTER_OTLP_ENDPOINT` says where."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_environment(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Variables are named as fields are, in any case."""
        set_there = {name.lower(): value for name, value in os.environ.items() if value}
        return {name: set_there[name] for name in cls.model_fields if name in set_there} | given

    @classmethod
    def read(cls) -> Self:
        """The settings of this environment; SettingsError for the first one that is wrong."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]).upper() if first["loc"] else "settings"
            reason = first["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{name}: {reason[:1].lower()}{reason[1:]}") from None


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
    for name, field in Settings.model_fields.items():
        default = (
            ""
            if field.default in (None, ())
            else f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
        )
        lines.append(f"| `{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"
