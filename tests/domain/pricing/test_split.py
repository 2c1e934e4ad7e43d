"""An order divided among its vendors: rule V1."""

import pytest

from domain.pricing.discounts import Funding
from domain.pricing.quote import DeliveryCharge, Fee, quote
from domain.pricing.split import VendorGroup, split_by_vendor
from domain.shared.ids import VendorId
from domain.shared.money import Money, TaxedMoney
from tests.factories.pricing import make_discount, make_line, make_rate, make_request

A, B = VendorId("vendor_a"), VendorId("vendor_b")
LAMP, DESK = make_line("lamp", 6000, vendor_id=A), make_line("desk", 12000, vendor_id=B)
RATES = {"standard": (make_rate("0.20"),)}
GROUPS = (VendorGroup("a", A, ("lamp",)), VendorGroup("b", B, ("desk",)))


def test_v1_each_vendor_order_has_its_own_lines_and_delivery():
    priced = quote(
        make_request(
            LAMP,
            DESK,
            rates=RATES,
            discounts=(make_discount(1800, funded_by=Funding.PLATFORM),),
            deliveries=(DeliveryCharge("a", 600, ("lamp",)),),
            tax_is_estimate=True,
        )
    )

    a, b = split_by_vendor(priced, GROUPS)

    assert (a.key, a.vendor_id, b.key, b.vendor_id) == ("a", A, "b", B)
    assert a.totals.lines == TaxedMoney.of_gross(5400, 1000, "EUR")
    assert a.totals.shipping == TaxedMoney.of_gross(600, 100, "EUR")
    assert (b.totals.total, b.totals.shipping) == (*(TaxedMoney.of_gross(10800, 2000, "EUR"), TaxedMoney.zero("EUR")),)
    assert (a.totals.discount.minor, b.totals.discount.minor) == (600, 1200)
    assert [tax.amount.minor for tax in a.totals.taxes] == [1100]
    assert a.totals.tax_is_estimate


def test_v1_two_delivery_groups_of_one_vendor_are_two_vendor_orders():
    bulb = make_line("bulb", 500, vendor_id=A)
    groups = (VendorGroup("post", A, ("bulb",)), VendorGroup("freight", A, ("lamp",)))

    shares = split_by_vendor(quote(make_request(LAMP, bulb)), groups)

    assert [share.totals.total.gross.minor for share in shares] == [500, 6000]


def test_v1_fees_and_tenders_are_allocated_to_the_last_minor_unit():
    priced = quote(make_request(LAMP, DESK, rates=RATES, fees=(Fee("payment", 100, "standard"),), tendered=1000))

    a, b = split_by_vendor(priced, GROUPS)

    assert (a.totals.fees, b.totals.fees) == (*(TaxedMoney.of_gross(33, 6, "EUR"), TaxedMoney.of_gross(67, 11, "EUR")),)
    assert (a.totals.tendered, b.totals.tendered) == (Money(333, "EUR"), Money(667, "EUR"))
    assert (a.totals.due, b.totals.due) == (Money(5700, "EUR"), Money(11400, "EUR"))


def test_v1_vendors_of_free_goods_share_a_fee_alike():
    goods = (make_line("sample", 0, vendor_id=A), make_line("leaflet", 0, vendor_id=B))
    groups = (VendorGroup("a", A, ("sample",)), VendorGroup("b", B, ("leaflet",)))

    shares = split_by_vendor(quote(make_request(*goods, fees=(Fee("handling", 101, "standard"),))), groups)

    assert [share.totals.total.gross.minor for share in shares] == [51, 50]


@pytest.mark.parametrize(
    "groups",
    [
        GROUPS[:1],
        (*GROUPS, VendorGroup("c", B, ("desk",))),
        (VendorGroup("a", B, ("lamp",)), GROUPS[1]),
    ],
    ids=["a line in none", "a line in two", "a line of another vendor"],
)
def test_v1_every_line_belongs_to_one_group_of_its_vendor(groups):
    with pytest.raises(ValueError, match="exactly one group"):
        split_by_vendor(quote(make_request(LAMP, DESK)), groups)


def test_v1_every_delivery_belongs_to_a_group():
    priced = quote(make_request(LAMP, DESK, deliveries=(DeliveryCharge("other", 490, ("lamp",)),)))

    with pytest.raises(ValueError, match="Each delivery"):
        split_by_vendor(priced, GROUPS)
