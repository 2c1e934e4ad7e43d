"""Companies and segments as staff keep them, and as members see them."""

from dataclasses import replace
from typing import Any

import pytest

from domain.checkout.businesses.usecases import with_checked_vat_id
from domain.checkout.taxation.ports import TaxServices
from domain.companies.model import MAX_MEMBERS, CompanyRole
from domain.pricing.context import Wish, applied
from domain.shared.actor import Actor
from domain.shared.errors import RequestFault
from domain.shared.ids import CompanyId, CustomerId
from integrations.test_gateway.adapter import TestGatewayAdapter
from persistence.ids import new_id
from persistence.statement import Pool
from server.context import for_company
from tests.database import StatementLog
from tests.factories.balances import customer, euros
from tests.factories.buying import BERLIN, Buying, buying_in, running_gateway
from tests.factories.companies import company, company_credit, listed, member, segments
from tests.factories.promotions import promote
from tests.factories.shoppers import Shopper
from tests.fakes.vat_register import FakeVatRegister

SCOPES = frozenset({"staff", "customers:write", "customers:read", "balances:write", "balances:read", "promotions:read"})
SCOPES |= {"pricing:write"}
COMPANY = "id version name vatId netTermsDays dueOnWorkingDays"
VAT_ID = "ATU12345678"
HALF = {"kind": "percentage", "percent": "50"}


@pytest.fixture
async def shop(pool: Pool) -> Any:
    async with running_gateway() as gateway:
        yield await open_shop(pool, gateway)


async def open_shop(pool: Pool, gateway: TestGatewayAdapter) -> Buying:
    return replace(await buying_in(pool, gateway), taxing=TaxServices(FakeVatRegister({VAT_ID})))


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    return Shopper(shop, Actor(customer_id=CustomerId(new_id("customer")), scopes=SCOPES))


def register_of(shop: Buying) -> FakeVatRegister:
    register = shop.taxing.register
    assert isinstance(register, FakeVatRegister)
    return register


async def change(caller: Shopper, mutation: str, answer: str, **values: Any) -> Any:
    """The payload of a mutation of staff."""
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    document = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code path }} {answer} }} }}"
    result = await caller.send(document, input=values)
    assert not result.errors, result.errors
    return result.data[mutation]


async def refused(caller: Shopper, mutation: str, **values: Any) -> list[tuple[str, list[str]]]:
    payload = await change(caller, mutation, "__typename", **values)
    return [(problem["code"], problem["path"]) for problem in payload["errors"]]


async def test_a_company_is_made_and_said_anew_with_its_vat_number_checked(shop: Buying, staff: Shopper):
    made = await change(staff, "companyCreate", f"company {{ {COMPANY} }}", name=" Acme ", vatId="at u12345678")
    said = {"companyId": made["company"]["id"], "name": "New Acme", "netTermsDays": 30, "dueOnWorkingDays": True}
    changed = await change(staff, "companyUpdate", f"company {{ {COMPANY} }}", expectedVersion=1, **said)

    assert {**made["company"], "id": None} == {
        "id": None,
        "version": 1,
        "name": "Acme",
        "vatId": VAT_ID,
        "netTermsDays": None,
        "dueOnWorkingDays": False,
    }
    assert changed["company"] == {
        "id": made["company"]["id"],
        "version": 2,
        "name": "New Acme",
        "vatId": None,
        "netTermsDays": 30,
        "dueOnWorkingDays": True,
    }
    assert register_of(shop).asked == [VAT_ID]
    assert await refused(staff, "companyUpdate", expectedVersion=1, **said) == [
        ("VERSION_CONFLICT", ["expectedVersion"])
    ]
    assert await shop.events("COMPANY_CHANGED") == [("COMPANY_CHANGED", 1), ("COMPANY_CHANGED", 2)]


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        ({"name": " "}, [("INVALID", ["name"])]),
        ({"name": "x" * 201}, [("INVALID", ["name"])]),
        ({"name": "Acme", "vatId": "12"}, [("INVALID", ["vatId"])]),
        ({"name": "", "netTermsDays": -1}, [("INVALID", ["name"]), ("INVALID", ["netTermsDays"])]),
        ({"name": "Acme", "netTermsDays": 366}, [("INVALID", ["netTermsDays"])]),
    ],
    ids=["blank name", "long name", "no VAT number", "all at once", "more than a year"],
)
async def test_what_no_company_is_like_is_refused(staff: Shopper, said: dict[str, Any], problems: Any):
    assert await refused(staff, "companyCreate", **said) == problems
    assert await staff.shop.count("company") == 0


async def test_members_are_set_set_anew_and_removed(shop: Buying, staff: Shopper):
    acme, ada = await company(shop), await customer(shop.pool)
    who = {"companyId": acme.id, "customerId": ada}
    answer = "member { role email spendingLimit { amountMinor } company { id } customer { id } }"

    first = await change(staff, "companyMemberSet", answer, role="BUYER", spendingLimit=_minor(100_00), **who)
    second = await change(staff, "companyMemberSet", answer, role="ADMIN", **who)
    removed = await change(staff, "companyMemberRemove", "company { members { role } }", **who)
    again = await change(staff, "companyMemberRemove", "company { version }", **who)

    assert (first["member"]["role"], first["member"]["spendingLimit"]) == ("BUYER", {"amountMinor": 100_00})
    assert (second["member"]["role"], second["member"]["spendingLimit"]) == ("ADMIN", None)
    assert (second["member"]["company"], second["member"]["customer"]) == ({"id": acme.id}, {"id": ada})
    assert removed["company"]["members"] == []
    assert again["company"] == {"version": 4}


async def test_members_that_there_cannot_be_are_refused(shop: Buying, staff: Shopper):
    acme, ada = await company(shop), await customer(shop.pool)
    who: dict[str, Any] = {"companyId": acme.id, "customerId": ada, "role": "BUYER"}

    assert await refused(staff, "companyMemberSet", **{**who, "companyId": new_id("company")}) == [
        ("NOT_FOUND", ["companyId"])
    ]
    assert await refused(staff, "companyMemberSet", **{**who, "customerId": new_id("customer")}) == [
        ("NOT_FOUND", ["customerId"])
    ]
    assert await refused(staff, "companyMemberSet", **who, spendingLimit=_minor(-1)) == [
        ("INVALID", ["spendingLimit", "amountMinor"])
    ]
    assert await shop.count("company_member") == 0


async def test_a_full_company_takes_no_more_members_but_changes_those_it_has(shop: Buying, staff: Shopper):
    acme = await company(shop)
    await shop.pool.execute(
        "INSERT INTO customer (id, email) SELECT 'customer_' || n, n || '@example.com' FROM generate_series(1, $1) n",
        MAX_MEMBERS,
    )
    await shop.pool.execute(
        "INSERT INTO company_member (company_id, customer_id, role) SELECT $1, id, 'BUYER' FROM customer", acme.id
    )
    known, fresh = CustomerId("customer_1"), await customer(shop.pool)

    assert await refused(staff, "companyMemberSet", companyId=acme.id, customerId=fresh, role="BUYER") == [
        ("QUANTITY_LIMIT", ["companyId"])
    ]
    assert (await member(shop, acme.id, role=CompanyRole.ADMIN, customer_id=known)).actor.customer_id == known


def _minor(minor: int) -> dict[str, Any]:
    return {"amountMinor": minor, "currency": "EUR"}


SEEN = """
query($id: ID!) { node(id: $id) { ... on Company {
    name creditLimit { amountMinor } creditAvailable { amountMinor } creditTerms { owed { amountMinor } }
    members { email role customer { id } } priceLists { name }
} } }
"""


async def test_members_see_their_company_and_themselves_and_an_admin_sees_all_members(shop: Buying):
    acme = await company(shop)
    await company_credit(shop, acme.id, euros(500_00))
    await listed(shop, await shop.offer(), 70_00, company_id=acme.id)
    admin = await member(shop, acme.id, role=CompanyRole.ADMIN)
    buyer = await member(shop, acme.id)

    async def seen(who: Buying) -> Any:
        result = await Shopper(shop, who.actor).send(SEEN, id=acme.id)
        assert not result.errors, result.errors
        return result.data["node"]

    to_buyer, to_admin = await seen(buyer), await seen(admin)

    assert (to_buyer["creditLimit"], to_buyer["creditAvailable"]) == ({"amountMinor": 500_00}, {"amountMinor": 500_00})
    assert to_buyer["creditTerms"] == [{"owed": {"amountMinor": 0}}]
    assert to_buyer["priceLists"] == [{"name": "A list"}]
    assert [found["customer"] for found in to_buyer["members"]] == [{"id": buyer.actor.customer_id}]
    assert sorted(found["role"] for found in to_admin["members"]) == ["ADMIN", "BUYER"]
    assert {found["role"]: found["customer"] for found in to_admin["members"]}["BUYER"] is None
    assert all(found["email"].endswith("@example.com") for found in to_admin["members"])


async def test_nobody_else_sees_a_company_or_its_contract(shop: Buying):
    acme, other = await company(shop), await company(shop, "Other AG")
    list_id = await listed(shop, await shop.offer(), 70_00, company_id=acme.id)
    strangers = [Actor(), (await member(shop, other.id)).actor, Actor(customer_id=await customer(shop.pool))]

    for actor in strangers:
        for hidden in (acme.id, list_id):
            result = await Shopper(shop, actor).send("query($id: ID!) { node(id: $id) { id } }", id=hidden)
            assert (list(result.errors), result.data) == ([], {"node": None})
    own = await Shopper(shop, (await member(shop, acme.id)).actor).send(
        "query($id: ID!) { node(id: $id) { id } }", id=list_id
    )
    assert own.data == {"node": {"id": list_id}}


async def test_staff_find_companies_by_a_part_of_their_name_or_their_vat_number(shop: Buying, staff: Shopper):
    for name, vat_id in (("Acme GmbH", None), ("Other AG", VAT_ID), ("Acme Inc", None)):
        await company(shop, name, vat_id=vat_id)

    async def found(arguments: str) -> Any:
        listing = f"{{ admin {{ companies{arguments} {{ nodes {{ name }} totalCount pageInfo {{ endCursor }} }} }} }}"
        result = await staff.send(listing)
        assert not result.errors, result.errors
        return result.data["admin"]["companies"]

    first = await found("(first: 2)")
    rest = await found(f'(first: 2, after: "{first["pageInfo"]["endCursor"]}")')

    assert [node["name"] for node in (await found('(query: "acme")'))["nodes"]] == ["Acme Inc", "Acme GmbH"]
    assert [node["name"] for node in (await found(f'(query: "{VAT_ID.lower()}")'))["nodes"]] == ["Other AG"]
    assert [[node["name"] for node in page["nodes"]] for page in (first, rest)] == [
        ["Acme Inc", "Other AG"],
        ["Acme GmbH"],
    ]
    assert first["totalCount"] == 3


async def test_segments_and_groups_are_set_as_a_whole(shop: Buying, staff: Shopper):
    ada = await customer(shop.pool)
    answer = "customer { segments group }"

    await change(staff, "customerSegmentsSet", answer, customerId=ada, segments=["lapsed", "a_b-c1"])
    second = await change(staff, "customerSegmentsSet", answer, customerId=ada, segments=["vip", "lapsed", "vip"])
    grouped = await change(staff, "customerGroupSet", answer, customerId=ada, group="trade")
    ungrouped = await change(staff, "customerGroupSet", answer, customerId=ada, group="")

    assert second["customer"] == {"segments": ["lapsed", "vip"], "group": None}
    assert grouped["customer"] == {"segments": ["lapsed", "vip"], "group": "trade"}
    assert ungrouped["customer"]["group"] is None


@pytest.mark.parametrize("name", ["", "Lapsed", "a b", "-a", "a--b", "ä", "x" * 65])
async def test_names_of_segments_and_groups_are_slugs(shop: Buying, staff: Shopper, name: str):
    ada = await customer(shop.pool)

    assert await refused(staff, "customerSegmentsSet", customerId=ada, segments=["ok", name]) == [
        ("INVALID", ["segments", "1"])
    ]
    if name:
        assert await refused(staff, "customerGroupSet", customerId=ada, group=name) == [("INVALID", ["group"])]
    assert await refused(staff, "customerSegmentsSet", customerId=new_id("customer"), segments=[]) == [
        ("NOT_FOUND", ["customerId"])
    ]


async def test_nobody_is_in_more_than_a_hundred_segments(shop: Buying, staff: Shopper):
    ada = await customer(shop.pool)
    many = [f"segment-{number}" for number in range(101)]

    assert await refused(staff, "customerSegmentsSet", customerId=ada, segments=many) == [("INVALID", ["segments"])]


async def test_credit_is_given_to_companies_that_there_are(shop: Buying, staff: Shopper):
    acme = await company(shop)
    answer = "company { creditLimit { amountMinor } creditAvailable { amountMinor } }"
    key = {"idempotencyKey": "one"}

    first = await change(staff, "companyCreditLimitSet", answer, companyId=acme.id, limit=_minor(500_00), **key)
    again = await change(staff, "companyCreditLimitSet", answer, companyId=acme.id, limit=_minor(500_00), **key)
    ended = await change(
        staff, "companyCreditLimitSet", answer, companyId=acme.id, limit=_minor(0), idempotencyKey="two"
    )

    assert first["company"] == {"creditLimit": {"amountMinor": 500_00}, "creditAvailable": {"amountMinor": 500_00}}
    assert again == first
    assert ended["company"]["creditAvailable"] == {"amountMinor": 0}
    assert await shop.count("balance") == 1
    stranger = {"companyId": new_id("company"), "limit": _minor(1), "idempotencyKey": "three"}
    assert await refused(staff, "companyCreditLimitSet", **stranger) == [("NOT_FOUND", ["companyId"])]


PURCHASE = """
query($id: ID!) { node(id: $id) {
    ... on Cart { company { name } }
    ... on Checkout { company { name } poNumber paymentMethods { id } }
    ... on Order { company { name } companyName poNumber customer { companies { role company { name } } } }
} }
"""


async def test_a_purchase_for_a_company_tells_so_from_the_cart_to_the_order(shop: Buying):
    acme = await company(shop)
    await company_credit(shop, acme.id, euros(500_00))
    buyer = await member(shop, acme.id)
    cart = await buyer.cart((await shop.offer(price=100_00), 1), company=acme.id)
    checkout = await buyer.start(cart)
    await buyer.tell(checkout)
    await buyer.update(checkout, po_number="PO-1")
    await buyer.tender(checkout, None, method="invoice")
    shopper = Shopper(shop, buyer.actor)

    async def shown(id_: str) -> Any:
        result = await shopper.send(PURCHASE, id=id_)
        assert not result.errors, result.errors
        return result.data["node"]

    offered = await shown(checkout)
    done = await buyer.complete(checkout)
    assert done.order_id is not None

    named = {"company": {"name": "Acme GmbH"}}
    assert await shown(cart) == named
    assert {"id": "invoice"} in offered.pop("paymentMethods")
    assert offered == {**named, "poNumber": "PO-1"}
    assert await shown(done.order_id) == {
        **named,
        "companyName": "Acme GmbH",
        "poNumber": "PO-1",
        "customer": {"companies": [{"role": "BUYER", **named}]},
    }


async def test_t10_a_check_that_comes_too_late_is_left(shop: Buying):
    """While the register was asked the buyer has gone back to buying for themselves."""
    acme = await company(shop, vat_id=VAT_ID)
    buyer = (await member(shop, acme.id)).later(hours=2)
    checkout = await buyer.start(await buyer.cart((await shop.offer(), 1), company=acme.id))
    stale = await buyer.checkout(checkout)
    await buyer.update(checkout, company_id=CompanyId(""))

    found = await with_checked_vat_id(buyer.unit_of_work(), stale, register_of(shop), now=buyer.now)

    assert found is stale
    assert (await buyer.checkout(checkout)).vat_id is None


async def test_a_contract_is_of_a_company_that_there_is(staff: Shopper):
    upsert = "mutation($input: PriceListInput!) { priceListUpsert(input: $input) { errors { code path } } }"

    result = await staff.send(upsert, input={"name": "A", "currency": "EUR", "companyId": new_id("company")})

    assert result.data["priceListUpsert"]["errors"] == [{"code": "NOT_FOUND", "path": ["companyId"]}]


async def test_pricing_is_simulated_for_a_company_and_for_a_customers_segments(shop: Buying, staff: Shopper):
    offer, acme, lapsed = await shop.offer(price=100_00), await company(shop), await customer(shop.pool)
    await listed(shop, offer, 70_00, company_id=acme.id)
    await segments(shop, lapsed, "lapsed")
    await promote(shop, conditions={"segments": ["lapsed"]}, action=HALF)
    simulate = """query($input: SimulateInput!) {
        admin { simulatePricing(input: $input) { total { gross { amountMinor } } } }
    }"""

    async def total(**asked: Any) -> Any:
        wanted = {"lines": [{"offerId": offer, "quantity": 1}], **asked}
        result = await staff.send(simulate, input=wanted)
        return result.data["admin"]["simulatePricing"]["total"]["gross"]["amountMinor"]

    assert [await total(), await total(companyId=acme.id), await total(customerId=lapsed)] == [100_00, 70_00, 50_00]
    assert await total(companyId=acme.id, customerId=lapsed) == 35_00


async def test_t10_the_companys_vat_number_is_checked_again_when_it_buys(shop: Buying):
    """119.00 in Berlin is 100.00 to the business in Vienna; the register is asked anew after an hour."""
    vendor = await shop.catalog.vendor("House", country="DE", is_house=True)
    offer = await shop.offer(price=119_00, vendor_id=vendor)
    acme = await company(shop, vat_id=VAT_ID)
    buyer = await member(shop, acme.id)
    shop.reference.forget()
    await shop.reference.facts()

    async def started(at: Buying) -> Any:
        shopper = Shopper(at, buyer.actor)
        line = {"offerId": offer, "quantity": 1}
        cart = await shopper.do("cartCreate", lines=[line], companyId=acme.id, idempotencyKey=new_id("key"))
        checkout = await shopper.do("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))
        address = {"line1": "Ring 1", "city": "Wien", "country": "AT", "postalCode": "1010", "lastName": "Freud"}
        told = await shopper.do("checkoutUpdate", checkoutId=checkout["id"], shippingAddress=address)
        return told["totals"]["total"]["gross"]["amountMinor"]

    at_once, later = await started(shop), await started(shop.later(hours=2))
    register_of(shop).is_down = True
    unchecked = await started(shop.later(hours=4))

    assert (at_once, later, unchecked) == (100_00, 100_00, 119_00)
    assert register_of(shop).asked == [VAT_ID, VAT_ID, VAT_ID]


async def test_a_company_buys_free_of_tax_by_its_own_certificate(shop: Buying, staff: Shopper):
    acme, offer = await company(shop), await shop.offer(price=119_00)
    buyer = await member(shop, acme.id)
    certified = await change(staff, "taxCertificateSet", "__typename", companyId=acme.id, country="DE", number="E-1")
    shop.reference.forget()
    await shop.reference.facts()

    async def tax(company_id: CompanyId | None) -> int:
        checkout = await buyer.start(await buyer.cart((offer, 1), company=company_id))
        await buyer.update(checkout, shipping_address=BERLIN)
        minor: int = (await buyer.checkout(checkout)).totals.total.tax.minor
        return minor

    assert certified["errors"] == []
    assert (await tax(acme.id), await tax(None)) == (0, 19_00)
    both = {"companyId": acme.id, "customerId": str(buyer.actor.customer_id), "country": "DE", "number": "E-1"}
    assert await refused(staff, "taxCertificateSet", **both) == [("REQUIRED", ["customerId"])]


def test_only_members_look_around_for_a_company(shop: Buying):
    request = applied(shop.reference.known.markets, asked=Wish(market="de"), preferred=Wish())
    insider = Actor(customer_id=CustomerId("customer_1"), company_ids=frozenset({CompanyId("company_1")}))

    assert for_company(request, Actor(), None) == request
    assert for_company(request, insider, "company_1").company_id == "company_1"
    for stranger, asked in ((insider, "company_2"), (Actor(), "company_1")):
        with pytest.raises(RequestFault):
            for_company(request, stranger, asked)


async def test_a_cart_for_a_company_costs_one_statement_more_when_it_is_made_and_none_after(
    shop: Buying, statement_log: StatementLog
):
    offer, acme = await shop.offer(), await company(shop)
    buyer = await member(shop, acme.id)
    counted = replace(buyer, pool=statement_log.pool)

    async def statements(company_id: CompanyId | None) -> list[int]:
        found = []
        async with statement_log.count() as made:
            cart = await counted.cart((offer, 1), company=company_id)
        found.append(len(made))
        async with statement_log.count() as read:
            await counted.priced_cart(cart)
        found.append(len(read))
        async with statement_log.count() as begun:
            await counted.start(cart)
        found.append(len(begun))
        return found

    await statements(None)
    alone, for_acme = await statements(None), await statements(acme.id)

    assert for_acme == [alone[0] + 1, alone[1], alone[2]]
