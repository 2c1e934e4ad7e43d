"""Running everything on one machine: what the settings do not name is started beside this process."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from server.children import Child
from server.embedded import EmbeddedServers
from server.listening import address_of, listening_socket
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
            "DATA_DIR": str(settings.data_dir),
        }


@contextmanager
def local(settings: Settings, *, gateway: bool = True) -> Iterator[Local]:
    """Start PostgreSQL, Valkey and, if wanted, the test gateway where the settings name none; stop them at the end."""
    with ExitStack() as stack:
        wants_database, wants_redis = settings.database_url is None, settings.redis_url is None
        found: dict[str, str] = {}
        if wants_database or wants_redis:
            servers = stack.enter_context(
                EmbeddedServers(settings.data_dir, postgres=wants_database, valkey=wants_redis)
            )
            if wants_database:
                found["database_url"] = servers.database_url
            if wants_redis:
                found["redis_url"] = servers.redis_url
        if settings.commerce_payment_gateway_url is None and gateway:
            listener = stack.enter_context(listening_socket("127.0.0.1", 0))
            child = Child("gateway", environment={"DATA_DIR": str(settings.data_dir.absolute())}, listener=listener)
            stack.callback(child.stop)
            found["commerce_payment_gateway_url"] = address_of(listener)
        yield Local(settings.model_copy(update=found), wants_database)
