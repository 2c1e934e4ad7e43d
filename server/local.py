"""Running everything on one machine: what the settings do not name is started beside this process."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from domain.shared.making import dataclass
from server.doubles import doubles, stripe_environment
from server.embedded import EmbeddedServers
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Local:
    """The settings, completed by what was started here. `is_own_database`: it is ours to migrate and to fill."""

    settings: Settings
    is_own_database: bool

    @property
    def environment(self) -> dict[str, str]:
        """What another process needs to work on the same servers."""
        settings = self.settings
        return {
            "DATABASE_URL": settings.database_url or "",
            "REDIS_URL": settings.redis_url or "",
            "COMMERCE_PAYMENT_GATEWAY_URL": settings.commerce_payment_gateway_url or "",
            **stripe_environment(settings),
            "DATA_DIR": str(settings.data_dir),
        }


@contextmanager
def local(settings: Settings, *, gateway: bool = True, origin: str | None = None) -> Iterator[Local]:
    """Start PostgreSQL, Valkey and, if wanted, doubles of gateways where the settings name none; stop them at the end.

    `origin` is where this server answers, and hears what the double of Stripe tells.
    """
    with ExitStack() as stack:
        wants_database, wants_redis = settings.database_url is None, settings.redis_url is None
        found: dict[str, Any] = {}
        if wants_database or wants_redis:
            servers = stack.enter_context(
                EmbeddedServers(settings.data_dir, postgres=wants_database, valkey=wants_redis)
            )
            if wants_database:
                found["database_url"] = servers.database_url
            if wants_redis:
                found["redis_url"] = servers.redis_url
        is_without = settings.commerce_payment_gateway_url is None and settings.commerce_stripe_secret_key is None
        if is_without and gateway:
            found |= stack.enter_context(doubles(settings, origin))
        yield Local(settings.model_copy(update=found), wants_database)
