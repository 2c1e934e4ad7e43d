"""Orders that cost nothing in the end, and what gift cards do beside promotions."""

import pytest

from domain.shared.ids import CheckoutId
from tests.factories.balances import available, euros, gift_card
from tests.factories.buying import Buying
from tests.factories.promotions import promote

EVERYTHING = {"kind": "percentage", "percent": "100"}
FREE_DELIVERY = {"kind": "shipping_percentage", "percent": "100"}


async def checkout_of(shop: Buying, *, price: int = 19_99) -> CheckoutId:
    """Goods with delivery, and nothing offered to pay them with."""
    checkout = await shop.start(await shop.cart((await shop.offer(price=price, stock=5), 1)))
    await shop.tell(checkout)
    return checkout


@pytest.mark.parametrize(
    "goods", [EVERYTHING, EVERYTHING | {"per": "ORDER"}], ids=["core_0126 goods", "core_0124 order"]
)
async def test_y8_promotions_and_free_delivery_leave_nothing_to_pay_and_no_gateway_is_asked(
    shop: Buying, goods: dict[str, str]
):
    await promote(shop, action=goods)
    await promote(shop, action=FREE_DELIVERY)
    checkout = await checkout_of(shop)

    whole = await shop.checkout(checkout)
    done = await shop.complete(checkout)

    assert (whole.totals.total.gross, whole.missing) == (euros(0), ())
    assert done.order_id is not None
    assert await shop.count("payment") == 0
    assert await shop.authorizations() == []


async def test_y8_delivery_that_is_not_free_is_still_to_be_paid(shop: Buying):
    await promote(shop, action=EVERYTHING)
    checkout = await checkout_of(shop)

    assert [gap.value for gap in (await shop.checkout(checkout)).missing] == ["PAYMENT"]


async def test_core_1103_a_gift_card_pays_what_promotions_leave(shop: Buying):
    await promote(shop, action={"kind": "percentage", "percent": "50"})
    await promote(shop, action=FREE_DELIVERY)
    card = await gift_card(shop, euros(30_00))
    checkout = await checkout_of(shop, price=50_00)
    await shop.tender(checkout, code=card.code)

    assert (await shop.complete(checkout)).order_id is not None

    assert await available(shop, card.gift_card.id) == 5_00


async def test_t14_percentages_and_thresholds_leave_gift_cards_alone(shop: Buying):
    """10 % from 50.00: a gift card of 40.00 and a lamp of 20.00 reach no threshold, and two more lamps do."""
    await promote(
        shop, action={"kind": "percentage", "percent": "10", "per": "ORDER"}, conditions={"min_value": {"EUR": "50.00"}}
    )
    voucher = await shop.offer(price=40_00, product={"kind": "GIFT_CARD"})
    lamp = await shop.offer(price=20_00)

    below = await shop.checkout(await shop.start(await shop.cart((voucher, 1), (lamp, 1))))
    above = await shop.checkout(await shop.start(await shop.cart((voucher, 1), (lamp, 3))))

    assert below.totals.discount == euros(0)
    assert above.totals.discount == euros(6_00)
    assert above.lines[0].total.gross == euros(40_00)
