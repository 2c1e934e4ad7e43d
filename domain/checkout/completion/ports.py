"""What completing a checkout needs beside its transactions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from domain.payments.ports import PaymentGateway


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The world outside: the gateway, the clock, a moment's wait, and fresh order numbers."""

    gateway: PaymentGateway
    now: Callable[[], datetime]
    pause: Callable[[], Awaitable[None]]
    new_number: Callable[[], str]
