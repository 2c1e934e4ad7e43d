"""Traces, as far as the rest of the server knows of them. Without `COMMERCE_TRACES` nothing is imported or spent."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from domain.payments.ports import PaymentGateway
from server.request_ids import RequestIds
from server.settings import Settings, SettingsError


class Span(Protocol):
    def finish(self, status: str, *, cost: int | None, client: str) -> None:
        """`cost` is in points, `client` the kind of who asked."""
        ...


class Traces(Protocol):
    """Begins spans and sends them; implemented by `server.telemetry.OpenTelemetry`."""

    def begin_operation(self, headers: Mapping[str, str], name: str | None, kind: str, ids: RequestIds | None) -> Span:
        """A span for the rest of this task, within the caller's trace if `traceparent` names one."""
        ...

    def during(self, name: str, **attributes: Any) -> AbstractContextManager[None]:
        """A span for a block, within the present one."""
        ...

    @property
    def on_statement(self) -> Callable[[Any], None]:
        """Takes each `asyncpg` query record when its statement has ended."""
        ...

    def gateway(self, gateway: PaymentGateway) -> PaymentGateway:
        """The gateway, with a span for each call."""
        ...

    def close(self) -> None:
        """Send what is left. Blocks for a few seconds at the most."""
        ...


def open_traces(settings: Settings) -> Traces | None:
    """Where spans go, if they are wanted; SettingsError without the packages that send them."""
    if not settings.commerce_traces:
        return None
    try:
        from server.telemetry import OpenTelemetry  # noqa: PLC0415 - only when it is wanted
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        raise SettingsError("COMMERCE_TRACES: needs the extra `otel`: pip install 'global-commerce[otel]'") from None
    return OpenTelemetry()
