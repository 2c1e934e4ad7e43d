"""Gift wrap as a fee of the line that it is for."""

import pytest

from domain.pricing.quote import quote
from domain.pricing.split import VendorGroup, split_by_vendor
from domain.pricing.wrapping.model import GiftWrapPer, WrapTerms, wrap_fee
from domain.shared.ids import VendorId
from domain.shared.money import TaxedMoney
from tests.factories.pricing import make_discount, make_line, make_request

A, B = VendorId("vendor_a"), VendorId("vendor_b")
TERMS = WrapTerms(GiftWrapPer.UNIT, 214)


@pytest.mark.parametrize(("per", "price"), [(GiftWrapPer.UNIT, 642), (GiftWrapPer.LINE, 214)])
def test_t6_wrap_is_taxed_as_the_goods_in_it(per: GiftWrapPer, price: int):
    fee = wrap_fee("book", WrapTerms(per, 214), 3, shown=214, tax_class="reduced")

    priced = quote(make_request(make_line("book", 1070, 3, "reduced"), make_line("mug", 1999), fees=(fee,)))

    assert priced.fees_by_line["book"].price == TaxedMoney.of_gross(price, round(price * 7 / 107), "EUR")
    assert [tax.rate.normalize() for tax in priced.fees[0].taxes] == [make_request().rates["reduced"][0].rate]


def test_p3_no_discount_of_the_order_touches_wrap():
    fee = wrap_fee("mug", TERMS, 1, shown=214, tax_class="standard")

    totals = quote(make_request(make_line("mug", 1000), discounts=(make_discount(5000),), fees=(fee,))).totals

    assert (totals.lines.gross.minor, totals.discount.minor) == (0, 1000)
    assert totals.fees.gross.minor == totals.total.gross.minor == 214


def test_v1_wrap_belongs_to_the_vendor_of_its_line():
    goods = (make_line("lamp", 1000, vendor_id=A), make_line("desk", 9000, vendor_id=B))
    fee = wrap_fee("lamp", TERMS, 1, shown=214, tax_class="standard")
    groups = (VendorGroup("a", A, ("lamp",)), VendorGroup("b", B, ("desk",)))

    a, b = split_by_vendor(quote(make_request(*goods, fees=(fee,))), groups)

    assert (a.totals.fees.gross.minor, b.totals.fees.gross.minor) == (214, 0)
    assert (a.totals.total.gross.minor, b.totals.total.gross.minor) == (1214, 9000)


def test_a_fee_of_a_line_that_is_not_sold_belongs_to_nobody():
    fee = wrap_fee("ghost", TERMS, 1, shown=214, tax_class="standard")
    priced = quote(make_request(make_line("lamp", 1000, vendor_id=A), fees=(fee,)))

    with pytest.raises(ValueError, match="fee of a line"):
        split_by_vendor(priced, (VendorGroup("a", A, ("lamp",)),))
