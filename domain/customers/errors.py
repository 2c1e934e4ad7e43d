"""Faults of requests that say more than a code."""

from typing import Any

from domain.shared.errors import RequestFault


class TooManyAttempts(RequestFault):
    """RATE_LIMITED; `extensions.retryAfter` says in how many seconds it is worth trying again."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.extensions: dict[str, Any] = {"code": "RATE_LIMITED", "retryAfter": retry_after}
