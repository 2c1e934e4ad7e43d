"""What completing a checkout needs beside its transactions."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from domain.payments.gateways import Gateways
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The world outside: the gateways, the clock, a moment's wait, and fresh order numbers."""

    gateways: Gateways
    now: Callable[[], datetime]
    pause: Callable[[], Awaitable[None]]
    new_number: Callable[[], str]
