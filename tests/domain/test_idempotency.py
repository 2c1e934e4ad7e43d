"""What an idempotency key may be."""

from dataclasses import dataclass

import pytest

from domain.shared.errors import Refused
from domain.shared.idempotency import MAX_KEY_LENGTH, once


@dataclass(frozen=True, slots=True)
class Act:
    quantity: int


@pytest.mark.parametrize("key", ["", "x" * (MAX_KEY_LENGTH + 1), "a\x00b", "\n", "\ud800"], ids=ascii)
def test_i1_a_key_that_cannot_be_kept_is_refused(key: str):
    with pytest.raises(Refused) as refusal:
        once(Act(1), scope="actor", key=key)

    [problem] = refusal.value.problems
    assert (problem.code.value, problem.path) == ("INVALID", ("idempotency_key",))


def test_i2_the_same_input_has_the_same_hash_and_another_has_not():
    first, same, other = (once(Act(quantity), scope="actor", key="🔑") for quantity in (1, 1, 2))

    assert first == same
    assert first.input_hash != other.input_hash
