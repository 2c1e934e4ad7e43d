"""Conditions and actions of promotions as plain documents, to be stored, sent and written by people.

Amounts are exact texts by currency, percentages exact texts; what is left out is open.

    {"goods": {"include": [{"categories": ["category_01..."]}], "exclude": [{"brands": ["brand_01..."]}]},
     "markets": ["market_01..."], "customer_groups": ["vip"], "min_value": {"EUR": "50.00"}}
    {"kind": "percentage", "percent": "20"}
    {"kind": "amount", "amounts": {"EUR": "5.00"}, "per": "ORDER"}
    {"kind": "buy_get", "buy": 2, "get": 1}

What cannot be read is refused: one problem, INVALID or REQUIRED, at the path of the value.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from domain.pricing.promotions.actions import (
    ALL,
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
from domain.pricing.promotions.fields import Fields, invalid, whole
from domain.pricing.promotions.model import BasketRequirement, Conditions
from domain.pricing.promotions.selection import EVERYTHING, Selection, Targets
from domain.shared.ids import OfferId
from domain.shared.money import Money

Document = dict[str, Any]

MAX_GIFTS = 20
"""How many offers a buyer can choose a gift from."""

_TARGETS = ("products", "variants", "offers", "categories", "collections", "vendors", "brands")
_BUYERS = ("markets", "currencies", "customer_groups", "segments", "companies")


def read_conditions(document: object, *path: str) -> tuple[Selection, Conditions]:
    """Which goods a promotion touches, and what has to be met."""

    def read(fields: Fields) -> tuple[Selection, Conditions]:
        return fields.part("goods", _selection, EVERYTHING), _conditions(fields)

    return whole(document, path, read)


def read_action(document: object, *path: str) -> Action:
    """What a promotion does."""
    return whole(document, path, _action)


def write_conditions(selection: Selection, conditions: Conditions) -> Document:
    """What `read_conditions` reads."""
    document: Document = {name: sorted(getattr(conditions, name)) for name in _BUYERS if getattr(conditions, name)}
    if selection != EVERYTHING:
        document["goods"] = _selection_document(selection)
    if conditions.first_order:
        document["first_order"] = True
    if conditions.min_value:
        document["min_value"] = _amounts_document(conditions.min_value)
    if conditions.min_quantity is not None:
        document["min_quantity"] = conditions.min_quantity
    if conditions.basket:
        document["basket"] = [
            {"goods": _selection_document(required.selection), "quantity": required.quantity}
            for required in conditions.basket
        ]
    return document


def write_action(action: Action) -> Document:
    """What `read_action` reads."""
    document: Document
    match action:
        case PercentageOff(percent, per):
            document = {"kind": "percentage", "percent": _plain(percent), "per": per.value}
        case AmountOff(amounts, per):
            document = {"kind": "amount", "amounts": _amounts_document(amounts), "per": per.value}
        case FixedPrice(prices):
            document = {"kind": "fixed_price", "prices": _amounts_document(prices)}
        case BuyGet():
            document = _buy_get_document(action)
        case BundlePrice():
            document = _bundle_document(action)
        case FreeGift() as gift:
            given: Document = {"offers": list(gift.offers)} if gift.others else {"offer": gift.offer_id}
            document = {"kind": "free_gift", **given, "quantity": gift.quantity}
        case ShippingPercentageOff(percent, limits):
            shown = _amounts_document(limits) if limits else None
            document = _with({"kind": "shipping_percentage", "percent": _plain(percent)}, limits=shown)
        case ShippingAmountOff(amounts):
            document = {"kind": "shipping_amount", "amounts": _amounts_document(amounts)}
    return document


def _conditions(fields: Fields) -> Conditions:
    return Conditions(
        **{name: fields.texts(name) for name in _BUYERS},
        first_order=fields.flag("first_order"),
        min_value=fields.amounts("min_value"),
        min_quantity=fields.count("min_quantity"),
        basket=fields.items("basket", _requirement),
    )


def _requirement(fields: Fields) -> BasketRequirement:
    return BasketRequirement(fields.part("goods", _selection, EVERYTHING), fields.counted("quantity", 1))


def _selection(fields: Fields) -> Selection:
    return Selection(fields.items("include", _targets), fields.items("exclude", _targets))


def _targets(fields: Fields) -> Targets:
    targets = Targets(**{name: fields.texts(name) for name in _TARGETS})
    if targets == Targets():
        raise invalid(f"Name some of {', '.join(_TARGETS)}.", fields.path(_TARGETS[0])[:-1])
    return targets


def _action(fields: Fields) -> Action:
    kind = fields.text("kind")
    if kind not in _ACTIONS:
        raise invalid(f"Choose one of {', '.join(_ACTIONS)}.", fields.path("kind"))
    return _ACTIONS[kind](fields)


def _buy_get(fields: Fields) -> BuyGet:
    return BuyGet(
        buy=fields.counted("buy"),
        get=fields.counted("get"),
        percent=fields.percent("percent", ALL),
        free_units=fields.choice("free_units", FreeUnits, FreeUnits.DEAREST_FIRST),
        reward=fields.part("reward", _selection, EVERYTHING) if fields.has("reward") else None,
        max_times=fields.count("max_times"),
    )


def _bundle(fields: Fields) -> BundlePrice:
    parts = fields.items("parts", lambda part: BundlePart(_part_goods(part), part.counted("quantity", 1)))
    if not parts:
        raise invalid("A bundle has at least one part.", fields.path("parts"))
    return BundlePrice(parts, fields.some_amounts("prices"), fields.count("max_times"))


def _gift(fields: Fields) -> FreeGift:
    """Of one `offer`, or of any of several `offers` that the buyer chooses from."""
    if not fields.has("offers"):
        return FreeGift(OfferId(fields.text("offer")), fields.counted("quantity", 1))
    offers = [OfferId(each) for each in sorted(fields.texts("offers"))]
    if not 1 <= len(offers) <= MAX_GIFTS:
        raise invalid(f"1 to {MAX_GIFTS} offers can be chosen from.", fields.path("offers"))
    return FreeGift(offers[0], fields.counted("quantity", 1), tuple(offers[1:]))


def _part_goods(fields: Fields) -> Selection:
    return fields.part("goods", _selection, EVERYTHING)


_ACTIONS: Mapping[str, Callable[[Fields], Action]] = {
    "percentage": lambda fields: PercentageOff(fields.percent("percent"), fields.choice("per", Per, Per.UNIT)),
    "amount": lambda fields: AmountOff(fields.some_amounts("amounts", least=1), fields.choice("per", Per, Per.ORDER)),
    "fixed_price": lambda fields: FixedPrice(fields.some_amounts("prices")),
    "buy_get": _buy_get,
    "bundle_price": _bundle,
    "free_gift": _gift,
    "shipping_percentage": lambda fields: ShippingPercentageOff(
        fields.percent("percent"), fields.amounts("limits", least=1)
    ),
    "shipping_amount": lambda fields: ShippingAmountOff(fields.some_amounts("amounts", least=1)),
    "shipping_free": lambda fields: ShippingPercentageOff(ALL, fields.amounts("limits", least=1)),
}


def _selection_document(selection: Selection) -> Document:
    document = {"include": _targets_documents(selection.include), "exclude": _targets_documents(selection.exclude)}
    return {name: targets for name, targets in document.items() if targets}


def _targets_documents(listed: tuple[Targets, ...]) -> list[Document]:
    return [{name: sorted(getattr(targets, name)) for name in _TARGETS if getattr(targets, name)} for targets in listed]


def _buy_get_document(action: BuyGet) -> Document:
    document = {
        "kind": "buy_get",
        "buy": action.buy,
        "get": action.get,
        "percent": _plain(action.percent),
        "free_units": action.free_units.value,
    }
    reward = None if action.reward is None else _selection_document(action.reward)
    return _with(document, reward=reward, max_times=action.max_times)


def _bundle_document(action: BundlePrice) -> Document:
    parts = [{"goods": _selection_document(part.selection), "quantity": part.quantity} for part in action.parts]
    document = {"kind": "bundle_price", "parts": parts, "prices": _amounts_document(action.prices)}
    return _with(document, max_times=action.max_times)


def _with(document: Document, **optional: Any) -> Document:
    return document | {name: value for name, value in optional.items() if value is not None}


def _amounts_document(amounts: Mapping[str, int]) -> Document:
    return {currency: Money(minor, currency).amount for currency, minor in sorted(amounts.items())}


def _plain(percent: Decimal) -> str:
    return f"{percent:f}"
