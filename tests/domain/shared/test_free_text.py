from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pytest

from domain.orders.canceling.usecases import CancelOrder
from domain.orders.refunding.model import Units
from domain.returns.model import RequestedUnits
from domain.returns.usecases import RequestReturn
from domain.shared.address import Address
from domain.shared.free_text import FREE_TEXT, without_cards
from domain.shared.ids import OrderId, OrderLineId
from schema.root import schema

CARD = "4242 4242 4242 4242"
CANCEL = CancelOrder(OrderId("order_1"), (Units(OrderLineId("order_line_1"), 1),), None, None, "key")


class Kind(Enum):
    ONE = "4242424242424242"


@dataclass(frozen=True, slots=True)
class Asked:
    kind: Kind
    token: str
    note: str | None = None
    address: Address | None = None


def test_y10_a_card_number_in_a_reason_is_masked_and_the_rest_is_kept():
    masked = without_cards(replace(CANCEL, reason=f"paid with {CARD}, twice"))

    assert masked == replace(CANCEL, reason="paid with [masked], twice")


def test_y10_free_text_is_masked_however_deep_it_lies():
    asked = RequestedUnits(OrderLineId("order_line_1"), 1, CARD, comment=f"see {CARD}")
    command = RequestReturn(OrderId("order_1"), (asked,), to_store_credit=False, idempotency_key="key")
    inner = Asked(
        Kind.ONE, "token", address=Address(line1=CARD, city="Berlin", country="DE", phone="+4242424242424242")
    )

    (line,) = without_cards(command).lines
    address = without_cards(inner).address

    assert (line.reason, line.comment) == ("[masked]", "see [masked]")
    assert address == Address(line1="[masked]", city="Berlin", country="DE", phone="+4242424242424242")


@pytest.mark.parametrize("command", [CANCEL, Asked(Kind.ONE, CARD), "4242424242424242", None, Asked])
def test_what_holds_no_card_in_free_text_is_the_same_object(command: object):
    assert without_cards(command) is command


def test_y10_every_text_of_that_kind_in_the_schema_is_known_to_be_free():
    """Whoever adds an input in which people write what they like names it here."""
    kinds: list[Any] = list(schema.schema_converter.type_map.values())
    found = {
        field.python_name
        for kind in kinds
        if getattr(kind.definition, "is_input", False)
        for field in kind.definition.fields
        if field.python_name.endswith(("note", "reason", "comment", "message", "condition"))
    }

    assert found <= FREE_TEXT
    assert {"note", "reason", "comment", "gift_message", "condition"} <= found
