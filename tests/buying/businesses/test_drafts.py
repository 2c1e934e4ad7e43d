"""Orders that staff prepare for a company."""

from typing import Any

import pytest

from domain.companies.model import CompanyRole
from domain.shared.actor import Actor
from domain.shared.ids import CustomerId
from persistence.ids import new_id
from tests.buying.test_drafts import draft, line, placed, prepared
from tests.factories.balances import available, credit_limit, euros
from tests.factories.buying import Buying
from tests.factories.companies import company, company_credit, listed, member
from tests.factories.shoppers import Shopper

CREATE = """
mutation($input: DraftOrderCreateInput!) { draftOrderCreate(input: $input) { errors { code path } cart { id } } }
"""
SCOPES = frozenset({"staff", "orders:write", "orders:read"})


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    return Shopper(shop, Actor(customer_id=CustomerId(new_id("customer")), scopes=SCOPES))


async def test_a_draft_for_a_company_has_its_contract_and_draws_on_its_credit(staff: Shopper):
    shop = staff.shop
    acme = await company(shop)
    account = await company_credit(shop, acme.id, euros(500_00))
    offer = await shop.offer(price=100_00)
    await listed(shop, offer, 70_00, company_id=acme.id)
    buyer = (await member(shop, acme.id)).actor.customer_id
    assert buyer is not None
    own = await credit_limit(shop, buyer, euros(500_00))

    cart = await draft(staff, line(offer), customerId=buyer, companyId=acme.id)
    done = await placed(staff, await prepared(staff, cart), "ON_TERMS")

    assert done["errors"] == []
    assert (await available(shop, account.id), await available(shop, own.id)) == (430_00, 500_00)
    kept = await shop.pool.fetchrow('SELECT company_id, company, lines_gross_minor FROM "order"')
    assert kept is not None
    assert (kept["company_id"], kept["company"]["name"], kept["lines_gross_minor"]) == (acme.id, "Acme GmbH", 70_00)


@pytest.mark.parametrize(
    ("role", "problem"),
    [(None, "NOT_FOUND"), (CompanyRole.VIEWER, "NOT_ALLOWED")],
    ids=["no member", "a viewer"],
)
async def test_a_draft_for_a_company_is_for_one_who_buys_for_it(staff: Shopper, role: Any, problem: str):
    shop = staff.shop
    acme, other = await company(shop), await company(shop, "Other AG")
    buyer = (await member(shop, other.id)).actor.customer_id
    if role is not None:
        await member(shop, acme.id, role=role, customer_id=buyer)

    result = await staff.send(
        CREATE, input={"customerId": buyer, "companyId": acme.id, "lines": [], "idempotencyKey": new_id("key")}
    )

    assert result.data["draftOrderCreate"] == {"errors": [{"code": problem, "path": ["companyId"]}], "cart": None}
