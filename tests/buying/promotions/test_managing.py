"""Promotions as staff works on them, over the whole schema."""

from typing import Any

import pytest

from domain.shared.actor import Actor
from domain.shared.ids import CustomerId
from persistence.ids import new_id
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

PROMOTION = """
id version name code startsAt endsAt priority stacking exclusionGroup conditions action usageLimit used
perCustomerLimit budget { amount currency } unitCap unitCapPerCustomer funding isPublic returnRule archivedAt
"""
ERRORS = "errors { code path }"
UPSERT = f"""
mutation Upsert($input: PromotionInput!) {{ promotionUpsert(input: $input) {{ {ERRORS} promotion {{ {PROMOTION} }} }} }}
"""
ARCHIVE = f"""
mutation Archive($input: PromotionArchiveInput!) {{
  promotionArchive(input: $input) {{ {ERRORS} promotion {{ {PROMOTION} }} }}
}}
"""
GENERATE = f"""
mutation Generate($input: PromotionCodesGenerateInput!) {{
  promotionCodesGenerate(input: $input) {{
    {ERRORS} promotion {{ code codes(first: 3) {{ totalCount nodes pageInfo {{ hasNextPage endCursor }} }} }}
  }}
}}
"""
CODES = """
query Codes($id: ID!, $after: String) {
  node(id: $id) { ... on Promotion { codes(first: 3, after: $after) { nodes pageInfo { hasNextPage } } } }
}
"""
LIST = """
query List($query: String, $before: DateTime) { admin { promotions(query: $query, startsBefore: $before) { name } } }
"""


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    scopes = frozenset({"staff", "promotions:read", "promotions:write"})
    return Shopper(shop, Actor(customer_id=CustomerId(new_id("customer")), scopes=scopes))


def sale(**values: Any) -> dict[str, Any]:
    return {
        "name": "Summer sale",
        "startsAt": "2026-06-01T00:00:00Z",
        "conditions": {"min_value": {"EUR": "50.00"}},
        "action": {"kind": "percentage", "percent": "20", "per": "ORDER"},
        **values,
    }


async def upsert(staff: Shopper, **values: Any) -> Any:
    result = await staff.send(UPSERT, input=sale(**values))
    assert not result.errors, result.errors
    return result.data["promotionUpsert"]


async def test_a_promotion_reads_back_as_it_was_written(staff: Shopper):
    limits = {"usageLimit": 100, "perCustomerLimit": 1, "budget": {"amountMinor": 50_000, "currency": "EUR"}}

    made = await upsert(staff, code="  Summer26 ", exclusionGroup="season", stacking="EXCLUSIVE", **limits)

    assert made["errors"] == []
    promotion = made["promotion"]
    assert promotion.pop("id").startswith("promotion_")
    assert promotion == {
        "version": 1,
        "name": "Summer sale",
        "code": "Summer26",
        "startsAt": "2026-06-01T00:00:00Z",
        "endsAt": None,
        "priority": 100,
        "stacking": "EXCLUSIVE",
        "exclusionGroup": "season",
        "conditions": {"min_value": {"EUR": "50.00"}},
        "action": {"kind": "percentage", "percent": "20", "per": "ORDER"},
        "usageLimit": 100,
        "used": 0,
        "perCustomerLimit": 1,
        "budget": {"amount": "500.00", "currency": "EUR"},
        "unitCap": None,
        "unitCapPerCustomer": None,
        "funding": "PLATFORM",
        "isPublic": True,
        "returnRule": "KEEP",
        "archivedAt": None,
    }


async def test_a_promotion_that_cannot_be_understood_is_refused_at_the_value_and_not_written(staff: Shopper):
    wrong = await upsert(staff, action={"kind": "percentage", "percent": "120"})
    backwards = await upsert(staff, endsAt="2026-05-01T00:00:00Z", name=" ")

    assert wrong == {"errors": [{"code": "INVALID", "path": ["action", "percent"]}], "promotion": None}
    assert backwards["errors"] == [{"code": "INVALID", "path": ["name"]}, {"code": "INVALID", "path": ["endsAt"]}]
    assert await staff.shop.count("promotion") == 0


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"conditions": {"customer_groups": ["a\u0007b"]}}, ["conditions"]),
        ({"action": {"kind": "a\u0007b"}}, ["action"]),
        ({"exclusionGroup": "a\u0007b"}, ["exclusionGroup"]),
        ({"code": "a\u0007b"}, ["code"]),
    ],
    ids=["conditions", "action", "group", "code"],
)
async def test_text_with_controls_is_refused(staff: Shopper, values: dict[str, Any], path: list[str]):
    refused = await upsert(staff, **values)

    assert refused["errors"] == [{"code": "INVALID", "path": path}]


async def test_of_two_edits_of_one_version_the_second_is_refused(staff: Shopper):
    made = (await upsert(staff))["promotion"]

    first = await upsert(staff, id=made["id"], name="First", expectedVersion=1)
    second = await upsert(staff, id=made["id"], name="Second", expectedVersion=1)

    assert (first["promotion"]["name"], first["promotion"]["version"]) == ("First", 2)
    assert second["errors"] == [{"code": "VERSION_CONFLICT", "path": ["expectedVersion"]}]


async def test_an_archived_promotion_is_over_for_good_and_listed_no_more(staff: Shopper):
    made = (await upsert(staff))["promotion"]

    archived = (await staff.send(ARCHIVE, input={"id": made["id"]})).data["promotionArchive"]
    again = (await staff.send(ARCHIVE, input={"id": made["id"]})).data["promotionArchive"]
    edited = await upsert(staff, id=made["id"])

    assert archived["promotion"]["archivedAt"] is not None
    assert again == archived
    assert edited["errors"] == [{"code": "INVALID_TRANSITION", "path": ["id"]}]
    assert (await staff.send(LIST)).data["admin"]["promotions"] == []


async def test_promotions_are_listed_newest_first_by_part_of_a_name_and_by_their_start(staff: Shopper):
    await upsert(staff, name="Winter sale", startsAt="2026-12-01T00:00:00Z")
    await upsert(staff, name="Summer sale")
    await upsert(staff, name="Free delivery", startsAt="2027-01-01T00:00:00Z")

    async def names(**values: Any) -> list[str]:
        return [found["name"] for found in (await staff.send(LIST, **values)).data["admin"]["promotions"]]

    assert await names() == ["Free delivery", "Summer sale", "Winter sale"]
    assert await names(query="SALE") == ["Summer sale", "Winter sale"]
    assert await names(before="2026-12-15T00:00:00Z") == ["Summer sale", "Winter sale"]


async def test_codes_are_made_by_a_pattern_once_per_key_and_paged(staff: Shopper):
    made = (await upsert(staff, needsCode=True))["promotion"]
    wanted = {"promotionId": made["id"], "count": 5, "pattern": "SUMMER-????##", "idempotencyKey": "one"}

    generated = (await staff.send(GENERATE, input=wanted)).data["promotionCodesGenerate"]
    again = (await staff.send(GENERATE, input=wanted)).data["promotionCodesGenerate"]
    codes = generated["promotion"]["codes"]
    rest = (await staff.send(CODES, id=made["id"], after=codes["pageInfo"]["endCursor"])).data["node"]["codes"]

    assert generated["errors"] == []
    assert again == generated
    assert codes["totalCount"] == 5
    assert codes["pageInfo"]["hasNextPage"]
    assert len({*codes["nodes"], *rest["nodes"]}) == 5
    assert all(code.startswith("SUMMER-") and len(code) == 13 for code in codes["nodes"])
    assert not rest["pageInfo"]["hasNextPage"]


async def test_a_pattern_whose_codes_could_be_guessed_is_refused(staff: Shopper):
    made = (await upsert(staff, needsCode=True))["promotion"]

    wanted = {"promotionId": made["id"], "count": 5, "pattern": "SUMMER-##", "idempotencyKey": "one"}
    refused = (await staff.send(GENERATE, input=wanted)).data["promotionCodesGenerate"]

    assert refused["errors"] == [{"code": "INVALID", "path": ["pattern"]}]
    assert await staff.shop.count("coupon_code") == 0


async def test_a_hundred_thousand_codes_are_made_at_once(staff: Shopper):
    made = (await upsert(staff, needsCode=True))["promotion"]

    wanted = {"promotionId": made["id"], "count": 100_000, "pattern": "********", "idempotencyKey": "one"}
    generated = (await staff.send(GENERATE, input=wanted)).data["promotionCodesGenerate"]

    assert generated["promotion"]["codes"]["totalCount"] == 100_000


async def test_a_code_opens_one_promotion_only(staff: Shopper):
    await upsert(staff, code="SUMMER")

    refused = await upsert(staff, code=" summer ")

    assert refused["errors"] == [{"code": "INVALID", "path": ["code"]}]
    assert await staff.shop.count("promotion") == 1


async def test_promotions_are_staffs_alone(staff: Shopper):
    made = (await upsert(staff))["promotion"]
    guest = Shopper(staff.shop)

    refused = await guest.send(UPSERT, input=sale())
    unseen = await guest.send("query Node($id: ID!) { node(id: $id) { id } }", id=made["id"])

    assert [error["extensions"]["code"] for error in refused.errors] == ["UNAUTHENTICATED"]
    assert unseen.data == {"node": None}
