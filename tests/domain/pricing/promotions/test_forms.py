"""Promotions written as documents, and what is said of those that cannot be read."""

import json
from decimal import Decimal
from typing import Any

import pytest

from domain.pricing.promotions.actions import (
    Action,
    AmountOff,
    BundlePart,
    BundlePrice,
    BuyGet,
    FixedPrice,
    FreeGift,
    FreeUnits,
    Per,
    PercentageOff,
    ShippingAmountOff,
    ShippingPercentageOff,
)
from domain.pricing.promotions.forms import read_action, read_conditions, write_action, write_conditions
from domain.pricing.promotions.model import BasketRequirement, Conditions
from domain.pricing.promotions.selection import EVERYTHING, Selection, Targets
from domain.shared.errors import Refused
from domain.shared.ids import CategoryId, MarketId, OfferId, ProductId

SHOES = Selection(include=(Targets(categories=frozenset({CategoryId("shoes")})),))

ACTIONS: list[Action] = [
    PercentageOff(Decimal("12.5")),
    PercentageOff(Decimal(10), Per.ORDER),
    AmountOff({"EUR": 500, "JPY": 800}, Per.LINE),
    FixedPrice({"KWD": 1_250}),
    BuyGet(2, 1),
    BuyGet(3, 1, Decimal(50), FreeUnits.CHEAPEST, SHOES, 4),
    BuyGet(1, 1, reward=EVERYTHING),
    BundlePrice((BundlePart(SHOES, 2), BundlePart(EVERYTHING)), {"EUR": 9_900}, 3),
    FreeGift(OfferId("offer_1"), 2),
    FreeGift(OfferId("offer_1"), 1, (OfferId("offer_2"), OfferId("offer_3"))),
    ShippingPercentageOff(),
    ShippingPercentageOff(Decimal(50), {"EUR": 490}),
    ShippingAmountOff({"EUR": 300}),
]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
def test_an_action_is_read_as_it_was_written(action: Action) -> None:
    document = json.loads(json.dumps(write_action(action)))

    assert read_action(document) == action


def test_conditions_are_read_as_they_were_written() -> None:
    selection = Selection(SHOES.include, (Targets(frozenset({ProductId("product_1")}), brands=frozenset({"brand_1"})),))
    conditions = Conditions(
        markets=frozenset({MarketId("market_1")}),
        currencies=frozenset({"EUR"}),
        customer_groups=frozenset({"vip"}),
        segments=frozenset({"lapsed"}),
        companies=frozenset({"company_1"}),
        first_order=True,
        min_value={"EUR": 5_000},
        min_quantity=3,
        basket=(BasketRequirement(SHOES, 2),),
    )

    document = json.loads(json.dumps(write_conditions(selection, conditions)))

    assert read_conditions(document) == (selection, conditions)


def test_an_empty_document_asks_for_nothing() -> None:
    assert read_conditions({}) == (EVERYTHING, Conditions())
    assert write_conditions(EVERYTHING, Conditions()) == {}


def test_free_shipping_has_a_name_of_its_own() -> None:
    assert read_action({"kind": "shipping_free"}) == ShippingPercentageOff(Decimal(100))


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        ([], "INVALID", []),
        ({}, "REQUIRED", ["kind"]),
        ({"kind": "magic"}, "INVALID", ["kind"]),
        ({"kind": "percentage"}, "REQUIRED", ["percent"]),
        ({"kind": "percentage", "percent": 12.5}, "INVALID", ["percent"]),
        ({"kind": "percentage", "percent": "0"}, "INVALID", ["percent"]),
        ({"kind": "percentage", "percent": "100.1"}, "INVALID", ["percent"]),
        ({"kind": "percentage", "percent": "NaN"}, "INVALID", ["percent"]),
        ({"kind": "percentage", "percent": True}, "INVALID", ["percent"]),
        ({"kind": "percentage", "percent": "a lot"}, "INVALID", ["percent"]),
        ({"kind": "percentage", "percent": "5", "per": "DAY"}, "INVALID", ["per"]),
        ({"kind": "percentage", "percent": "5", "percents": 5}, "INVALID", []),
        ({"kind": "amount"}, "REQUIRED", ["amounts"]),
        ({"kind": "amount", "amounts": {}}, "INVALID", ["amounts"]),
        ({"kind": "amount", "amounts": {"EUR": 5}}, "INVALID", ["amounts", "EUR"]),
        ({"kind": "amount", "amounts": {"EUR": "5.001"}}, "INVALID", ["amounts", "EUR"]),
        ({"kind": "amount", "amounts": {"XXX": "5"}}, "INVALID", ["amounts", "XXX"]),
        ({"kind": "amount", "amounts": {"EUR": "-5"}}, "INVALID", ["amounts", "EUR"]),
        ({"kind": "buy_get", "buy": 0, "get": 1}, "INVALID", ["buy"]),
        ({"kind": "buy_get", "buy": 2}, "REQUIRED", ["get"]),
        ({"kind": "bundle_price", "parts": [], "prices": {"EUR": "5.00"}}, "INVALID", ["parts"]),
        ({"kind": "free_gift", "offer": 7}, "INVALID", ["offer"]),
        ({"kind": "free_gift", "offers": []}, "INVALID", ["offers"]),
        ({"kind": "free_gift", "offers": [str(at) for at in range(21)]}, "INVALID", ["offers"]),
        ({"kind": "free_gift", "offer": "offer_1", "offers": ["offer_2"]}, "INVALID", []),
    ],
    ids=str,
)
def test_an_action_that_cannot_be_read_is_refused_where_it_is_wrong(document: Any, code: str, path: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        read_action(document, "action")

    assert [(problem.code.value, list(problem.path)) for problem in refused.value.problems] == [
        (code, ["action", *path])
    ]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"goods": {"include": [{}]}}, ["goods", "include", "0"]),
        ({"goods": {"include": [{"colors": ["red"]}]}}, ["goods", "include", "0"]),
        ({"goods": {"include": "shoes"}}, ["goods", "include"]),
        ({"markets": "de"}, ["markets"]),
        ({"markets": [1]}, ["markets"]),
        ({"first_order": "yes"}, ["first_order"]),
        ({"basket": [{"quantity": -1}]}, ["basket", "0", "quantity"]),
        ({"weather": "fine"}, []),
    ],
    ids=str,
)
def test_conditions_that_cannot_be_read_are_refused_where_they_are_wrong(document: Any, path: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        read_conditions(document, "conditions")

    assert [(problem.code.value, list(problem.path)) for problem in refused.value.problems] == [
        ("INVALID", ["conditions", *path])
    ]
