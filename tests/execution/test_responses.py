import json
from decimal import Decimal
from typing import Any

import orjson
import pytest

from execution import Result, encode


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_data_errors_and_extensions_are_written_in_one_object():
    result = Result({"a": 1}, [{"message": "No."}], {"cost": 3})

    assert orjson.loads(result.to_bytes()) == {
        "errors": [{"message": "No."}],
        "data": {"a": 1},
        "extensions": {"cost": 3},
    }


def test_text_is_written_as_utf_8():
    assert Result({"a": "Zürich 東京 🎁"}).to_bytes() == '{"data":{"a":"Zürich 東京 🎁"}}'.encode()


@pytest.mark.parametrize("value", [2**63, 2**64, -(2**70), nested(300), {"deep": nested(1000), "é": 2**80}])
def test_what_the_fast_encoder_refuses_is_written_all_the_same(value):
    assert json.loads(encode({"data": value})) == {"data": value}


def test_half_a_character_does_not_break_the_response():
    assert encode({"a": "\ud800"}) == b'{"a":"?"}'


def test_a_value_json_does_not_know_is_written_as_text():
    assert encode({"a": Decimal("1.50")}) == b'{"a":"1.50"}'
