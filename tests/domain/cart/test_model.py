"""What may stand in a cart, and in which quantities."""

from typing import Any

import pytest

from domain.cart.model import MAX_QUANTITY, Addition, Capped, Cart, CartLine, CartState, LineChange, check_lines
from domain.catalog.snapshot import LineSnapshot
from domain.pricing.facts import OfferFacts
from domain.shared.errors import Refused
from domain.shared.ids import CartId, CartLineId, MarketId, OfferId, ProductId, VariantId, VendorId

A, B = OfferId("offer_a"), OfferId("offer_b")


def make_cart(*lines: tuple[OfferId, int]) -> Cart:
    made = tuple(CartLine(CartLineId(f"line_{offer}"), offer, quantity) for offer, quantity in lines)
    return Cart(CartId("cart"), 1, CartState.ACTIVE, MarketId("market"), "DE", "de", "EUR", lines=made)


def make_facts(offer_id: OfferId = A, **limits: Any) -> OfferFacts:
    known: dict[str, Any] = {"min_quantity": 1, "max_quantity": None, "step": 1}
    return OfferFacts(
        offer_id=offer_id,
        variant_id=VariantId("variant"),
        product_id=ProductId("product"),
        vendor_id=VendorId("vendor"),
        is_sold=True,
        tax_class="standard",
        weight_grams=None,
        available=100,
        snapshot=LineSnapshot("A lamp", "LAMP", (), None, None),
        prices=(),
        **(known | limits),
    )


def test_adding_an_offer_again_adds_to_its_line():
    cart = make_cart((A, 2)).with_added([Addition(A, 3), Addition(B, 1)], lambda: CartLineId("new"))

    assert [(line.id, line.offer_id, line.quantity) for line in cart.lines] == [("line_offer_a", A, 5), ("new", B, 1)]


def test_a_quantity_of_zero_removes_the_line():
    cart = make_cart((A, 2), (B, 1)).with_changes([LineChange(CartLineId("line_offer_a"), 0)])

    assert [line.offer_id for line in cart.lines] == [B]


def test_b4_a_quantity_between_steps_is_refused_with_its_neighbors():
    facts = make_facts(min_quantity=6, step=6)

    with pytest.raises(Refused, match="6 or 12"):
        check_lines(make_cart((A, 10)), {A: facts}, {A: ("add", "0", "quantity")})


@pytest.mark.parametrize(
    ("limits", "quantity", "around"),
    [
        ({"min_quantity": 6, "step": 6}, 10, (6, 12)),
        ({"min_quantity": 6, "step": 6}, 1, (6,)),
        ({"min_quantity": 6, "step": 6, "max_quantity": 14}, 13, (12,)),
        ({"max_quantity": 5}, 9, (5,)),
        ({"min_quantity": 2, "step": 3, "max_quantity": 9}, 4, (2, 5)),
    ],
)
def test_b4_the_nearest_quantities_are_permitted_ones(limits: dict[str, Any], quantity: int, around: tuple[int, ...]):
    facts = make_facts(**limits)

    assert facts.nearest(quantity) == around
    assert all(map(facts.allows, around))
    assert not facts.allows(quantity)


def test_o9_what_two_carts_have_too_much_of_is_brought_down_to_what_is_sold():
    cart = make_cart((A, 8), (B, MAX_QUANTITY + 1))

    kept, lowered = cart.capped({A: make_facts(max_quantity=5, step=2), B: make_facts(B)})

    assert [line.quantity for line in kept.lines] == [5, MAX_QUANTITY]
    assert lowered == (
        Capped(CartLineId("line_offer_a"), 8, 5),
        Capped(CartLineId("line_offer_b"), MAX_QUANTITY + 1, MAX_QUANTITY),
    )


def test_o9_nothing_is_brought_up_to_a_minimum_that_came_later():
    cart = make_cart((A, 1))

    assert cart.capped({A: make_facts(min_quantity=6, step=6)}) == (cart, ())


def test_what_is_not_too_much_is_kept_as_it_is():
    cart = make_cart((A, 5))

    assert cart.capped({A: make_facts(max_quantity=5)}) == (cart, ())
