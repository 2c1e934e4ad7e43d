"""The ways of delivery that a buyer chooses, and why one may not be chosen."""

from collections.abc import Mapping, Sequence

from domain.checkout.model import DeliveryGroup
from domain.checkout.priced import PricedCheckout, PricedGroup
from domain.fulfillment.delivery import DeliveryOption
from domain.fulfillment.places import PickupPlace
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.errors import DeliveryProblem, ErrorCode, Problem
from domain.shared.ids import CartLineId, DeliveryGroupId, DeliveryOptionId
from domain.shared.making import replace


def with_choices(
    groups: Sequence[DeliveryGroup],
    chosen: Mapping[DeliveryGroupId, DeliveryOptionId | None],
    places: Mapping[DeliveryGroupId, PickupPlace],
) -> tuple[DeliveryGroup, ...]:
    """The groups with what was chosen for them; a place goes with its way, and is forgotten with it."""
    return tuple(
        replace(group, option_id=chosen[group.id], pickup=places.get(group.id)) if group.id in chosen else group
        for group in groups
    )


def choice_problems(
    whole: PricedCheckout, group_id: DeliveryGroupId, option_id: DeliveryOptionId | None, path: tuple[str, ...]
) -> list[Problem]:
    """Why this way cannot be chosen for the group, with the place that was chosen for it; nothing if it can."""
    group = next((group for group in whole.delivery_groups if group.id == group_id), None)
    if group is None:
        return [Problem(ErrorCode.NOT_FOUND, "No such delivery group.", (*path, "group_id"))]
    if option_id is None:
        return []
    option = next((way for way in group.ways if way.id == option_id), None)
    if option is None:
        return [not_delivered(group, (*path, "option_id"))]
    pickup = next(known.pickup for known in whole.checkout.groups if known.id == group_id)
    return _place_problems(option, pickup, whole.checkout.delivery_country, (*path, "place_id"))


def _place_problems(
    option: DeliveryOption, place: PickupPlace | None, country: str, path: tuple[str, ...]
) -> list[Problem]:
    if option.kind.is_fetched and place is None:
        return [Problem(ErrorCode.REQUIRED, "Say where it is fetched.", path)]
    if not option.kind.is_fetched and place is not None:
        return [Problem(ErrorCode.INVALID, "This is not fetched anywhere.", path)]
    if place is not None and not is_place_of(option, place, country):
        return [Problem(ErrorCode.NOT_FOUND, "It cannot be fetched there in this way.", path)]
    return []


def is_place_of(option: DeliveryOption, place: PickupPlace, country: str) -> bool:
    """Whether goods can be fetched there: at one of the option's stores, or at a carrier's point in the country."""
    if option.kind is DeliveryKind.PICKUP_STORE:
        return place.id in [store.warehouse_id for store in option.stores]
    return not place.is_store and place.address.country == country and option.carrier in (None, place.carrier)


def not_delivered(group: PricedGroup, path: tuple[str, ...]) -> DeliveryProblem:
    """That a way does not lead there, with the lines to blame."""
    lines = group.undeliverable_lines or group.kept_back
    message = "This option is not offered here."
    if lines:
        titles = ", ".join(sorted({line.title for line in lines}))
        message = f"It cannot be delivered so: {titles}."
    blamed: tuple[CartLineId, ...] = tuple(line.id for line in lines)
    return DeliveryProblem(ErrorCode.NO_DELIVERY_OPTION, message, path, line_ids=blamed)


def undeliverable(whole: PricedCheckout, *path: str) -> list[Problem]:
    """A problem for each group that nothing leads to its buyer for."""
    return [not_delivered(group, path) for group in whole.delivery_groups if not group.ways]
