"""Taxes as clients meet them: VAT numbers at checkout, what orders tell, and the books that staff keep."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from domain.checkout.taxation.ports import TaxServices
from integrations.test_gateway.adapter import TestGatewayAdapter
from persistence.ids import new_id
from persistence.statement import Pool
from schema.scalars import moment_text
from tests.factories.buying import Buying, buying_in, running_gateway
from tests.factories.catalog import catalog_in
from tests.factories.customers import Door, codes, open_door
from tests.factories.shoppers import Shopper
from tests.fakes.vat_register import FakeVatRegister

REGISTER = """
mutation R($input: TaxRegistrationSetInput!) { taxRegistrationSet(input: $input) {
    registration { country region scheme number validFrom validUntil } errors { code path } } }
"""
CERTIFY = """
mutation C($input: TaxCertificateSetInput!) { taxCertificateSet(input: $input) {
    certificate { country region number } errors { code path } } }
"""
TOLD = """
mutation U($input: CheckoutUpdateInput!) { checkoutUpdate(input: $input) {
    checkout { vatId { vatId valid checkedAt reference reverseCharge } totals { lines { gross { amount } } } }
    errors { code path } } }
"""
ORDER = """
query O($id: ID!) { order(id: $id) {
    vatId { vatId reverseCharge } taxWording lines { nodes { taxTreatment } } } }
"""
VIENNA = {"lastName": "Freud", "line1": "Ring 1", "city": "Wien", "postalCode": "1010", "country": "AT"}


@pytest.fixture
async def door(pool: Pool, redis_url: str) -> AsyncIterator[Door]:
    async with open_door(pool, redis_url) as opened:
        yield opened


@pytest.fixture
async def gateway() -> AsyncIterator[TestGatewayAdapter]:
    async with running_gateway() as adapter:
        yield adapter


@pytest.fixture
async def shop(pool: Pool, gateway: TestGatewayAdapter) -> Buying:
    found = await buying_in(pool, gateway)
    return replace(found, taxing=TaxServices(FakeVatRegister({"ATU12345678"})))


async def test_t10_a_business_tells_its_vat_number_and_the_order_says_what_came_of_it(shop: Buying) -> None:
    shopper = Shopper(shop)
    ready = await shopper.ready((await shop.offer(price=11900), 1))
    told: dict[str, Any] = {"checkoutId": ready["id"], "vatId": "ATU 12345678", "shippingAddress": VIENNA}

    checkout = (await shopper.send(TOLD, input=told)).data["checkoutUpdate"]["checkout"]
    options = await shop.checkout(ready["id"])
    await shop.update(
        options.id, deliveries=tuple((group.id, group.options[0].id) for group in options.delivery_groups)
    )
    done = await shop.complete(options.id)
    order = (await shopper.send(ORDER, id=done.order_id)).data["order"]

    assert checkout["vatId"] == {
        "vatId": "ATU12345678",
        "valid": True,
        "checkedAt": moment_text(shop.now),
        "reference": "REF-1",
        "reverseCharge": True,
    }
    assert checkout["totals"] == {"lines": {"gross": {"amount": "100.00"}}}
    assert order == {
        "vatId": {"vatId": "ATU12345678", "reverseCharge": True},
        "taxWording": ["VAT-exempt intra-Community supply"],
        "lines": {"nodes": [{"taxTreatment": "INTRA_COMMUNITY_SUPPLY"}]},
    }


async def test_staff_say_where_a_seller_is_registered(door: Door) -> None:
    vendor = await (await catalog_in(door.pool)).vendor()
    staff = await door.staff("pricing:write")
    given = {"vendorId": vendor, "country": "DE", "scheme": "OSS", "number": "DE123456789"}

    first = await staff.ask(REGISTER, input=given)
    again = await staff.ask(REGISTER, input=given | {"number": "DE999999999"})

    assert first["taxRegistrationSet"]["errors"] == []
    assert again["taxRegistrationSet"]["registration"]["number"] == "DE999999999"
    rows = await door.pool.fetch("SELECT vendor_id, number FROM tax_registration")
    assert [tuple(row) for row in rows] == [(vendor, "DE999999999")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"vendorId": new_id("vendor")}, [("NOT_FOUND", ["vendorId"])]),
        ({"country": "US"}, [("INVALID", ["country"])]),
        ({"number": " "}, [("INVALID", ["number"])]),
        (
            {"validFrom": "2026-01-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"},
            [("INVALID", ["validUntil"])],
        ),
    ],
)
async def test_a_wrong_registration_is_refused(door: Door, change: dict[str, Any], expected: Any) -> None:
    staff = await door.staff("pricing:write")
    vendor = await (await catalog_in(door.pool)).vendor()
    given = {"vendorId": vendor, "country": "DE", "scheme": "OSS", "number": "DE123456789"} | change

    assert codes((await staff.ask(REGISTER, input=given))["taxRegistrationSet"]) == expected
    assert await door.pool.fetchval("SELECT count(*) FROM tax_registration") == 0


async def test_staff_say_that_a_customer_buys_free_of_tax(door: Door) -> None:
    customer = await door.customer()
    customer_id = (await customer.ask("{ viewer { id } }"))["viewer"]["id"]
    staff = await door.staff("pricing:write")
    given = {"customerId": customer_id, "country": "US", "region": "NY", "number": "E-1"}

    certified = await staff.ask(CERTIFY, input=given)
    unknown = await staff.ask(CERTIFY, input=given | {"customerId": new_id("customer")})

    assert certified["taxCertificateSet"]["certificate"] == {"country": "US", "region": "NY", "number": "E-1"}
    assert codes(unknown["taxCertificateSet"]) == [("NOT_FOUND", ["customerId"])]


@pytest.mark.parametrize("scopes", [(), ("orders:read",)])
async def test_nobody_else_writes_the_tax_books(door: Door, scopes: tuple[str, ...]) -> None:
    visitor = await door.staff(*scopes) if scopes else await door.customer()
    registration = {"vendorId": new_id("vendor"), "country": "DE", "scheme": "OSS", "number": "x"}
    certificate = {"customerId": new_id("customer"), "country": "DE", "number": "x"}

    assert await visitor.code(REGISTER, input=registration) == "FORBIDDEN"
    assert await visitor.code(CERTIFY, input=certificate) == "FORBIDDEN"
