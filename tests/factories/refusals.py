"""Refusals, asserted whole."""

from collections.abc import Awaitable
from typing import Any

import pytest

from domain.shared.errors import Refused


async def problems_of(act: Awaitable[Any]) -> list[tuple[str, tuple[str, ...]]]:
    """The code and path of each problem that the act is refused with."""
    with pytest.raises(Refused) as refusal:
        await act
    return [(problem.code.value, problem.path) for problem in refusal.value.problems]
