"""Promotions and their codes, for staff."""

from datetime import datetime
from functools import partial

import strawberry
from strawberry.scalars import JSON

from domain.pricing.discounts import Funding
from domain.pricing.promoting import usecases
from domain.pricing.promoting.ports import StoredPromotion
from domain.pricing.promotions.model import ReturnRule, Stacking, UnitCap
from domain.shared.ids import CompanyId, CustomerId, PromotionId, VendorId
from resolvers import promotions
from resolvers.ids import parse_id
from schema.addresses import AddressInput
from schema.base import Connection, Node, Payload, enum, mutation, represents, resolve
from schema.cart import CartLineInput
from schema.money import Money, MoneyInput

enum(Stacking)
enum(ReturnRule)

READ, WRITE = [["promotions:read"]], [["promotions:write"]]

written = partial(resolve, requires_scopes=READ)
CONDITIONS = """
Which goods it touches and what has to be met, all of it; what is left out is open:
`{"goods": {"include": [{"categories": ["category_..."]}], "exclude": [...]}, "markets": [...], "currencies": [...],
"customer_groups": [...], "segments": [...], "companies": [...], "min_value": {"EUR": "50.00"}, "min_quantity": 3,
"basket": [...], "first_order": true}`.
Targets are `products`, `variants`, `offers`, `categories`, `collections`, `vendors` and `brands`.
""".strip().replace("\n", " ")
ACTION = """
What it does, by `kind`: `percentage` (`percent`, `per`: UNIT, LINE or ORDER), `amount` (`amounts`, `per`),
`fixed_price` (`prices`), `buy_get` (`buy`, `get`), `bundle_price` (`parts`, `prices`), `free_gift` (`offer`),
`shipping_percentage`, `shipping_amount`, `shipping_free`. Amounts are texts by currency: `{"EUR": "5.00"}`.
""".strip().replace("\n", " ")


@strawberry.federation.type(keys=["id"], description="A rule that discounts, as staff wrote it.", tags=["admin"])
@represents(StoredPromotion)
class Promotion(Node):
    loader = "promotion"

    version: int = written(description="Grows with each change; pass it as `expectedVersion`.")
    name: str = written(promotions.name, description="What it is called.")
    code: str | None = written(description="Its code, if it has exactly one.")
    codes: Connection[str] = written(promotions.codes, description="All codes that unlock it, in their order.")
    starts_at: datetime = written(promotions.starts_at, description="From when on it holds.")
    ends_at: datetime | None = written(promotions.ends_at, description="Until when, exclusive; null for good.")
    priority: int = written(promotions.priority, description="Of one stage the lower goes first.")
    stacking: Stacking = written(promotions.stacking, description="Whether it goes with others.")
    exclusion_group: str | None = written(
        promotions.exclusion_group, description="Of one group only the one that saves the buyer most applies."
    )
    conditions: JSON = written(promotions.conditions, description=CONDITIONS)
    action: JSON = written(promotions.action, description=ACTION)
    usage_limit: int | None = written(promotions.usage_limit, description="How many orders may use it.")
    used: int = written(description="How many orders used it, without those that gave it back.")
    per_customer_limit: int | None = written(
        promotions.per_customer_limit, description="How many orders of one customer may use it."
    )
    budget: Money | None = written(promotions.budget, description="What it may take off in all.")
    unit_cap: int | None = written(promotions.unit_cap, description="How many units may be sold at its price.")
    unit_cap_per_customer: int | None = written(
        promotions.unit_cap_per_customer, description="How many of them one customer may have."
    )
    funding: Funding = written(promotions.funding, description="Who bears it.")
    is_public: bool = written(
        promotions.is_public, description="Whether it is announced to everybody, so that prior prices count it."
    )
    return_rule: ReturnRule = written(promotions.return_rule, description="What a return does to its threshold.")
    archived_at: datetime | None = written(description="Since when it is over for good.")


@strawberry.input(description="A promotion, whole; with an `id` it replaces all that one says.")
class PromotionInput:
    name: str
    starts_at: datetime
    conditions: JSON = strawberry.field(description=CONDITIONS)
    action: JSON = strawberry.field(description=ACTION)
    id: strawberry.ID | None = None
    ends_at: datetime | None = None
    code: str | None = strawberry.field(default=None, description="Added to the codes that unlock it.")
    needs_code: bool = strawberry.field(
        default=False, description="Whether it waits for a code; so it is once it has one."
    )
    priority: int = 100
    stacking: Stacking = Stacking.COMBINES
    exclusion_group: str | None = None
    usage_limit: int | None = None
    per_customer_limit: int | None = None
    budget: MoneyInput | None = None
    unit_cap: int | None = None
    unit_cap_per_customer: int | None = None
    funding: Funding = Funding.PLATFORM
    vendor_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose goods it touches alone, whatever else its conditions say."
    )
    is_public: bool = True
    return_rule: ReturnRule = ReturnRule.KEEP
    translations: JSON | None = strawberry.field(default=None, description='Names: `{"de": {"name": "Angebot"}}`.')
    expected_version: int | None = None

    def to_domain(self) -> usecases.UpsertPromotion:
        return usecases.UpsertPromotion(
            id=None if self.id is None else parse_id(self.id, "promotion", PromotionId),
            name=self.name,
            starts_at=self.starts_at,
            conditions=self.conditions,
            action=self.action,
            ends_at=self.ends_at,
            code=self.code,
            needs_code=self.needs_code,
            priority=self.priority,
            stacking=self.stacking,
            exclusion_group=self.exclusion_group,
            usage_limit=self.usage_limit,
            per_customer_limit=self.per_customer_limit,
            budget=self.budget.to_domain() if self.budget else None,
            unit_cap=UnitCap(self.unit_cap, self.unit_cap_per_customer),
            funding=self.funding,
            vendor_id=None if self.vendor_id is None else parse_id(self.vendor_id, "vendor", VendorId),
            is_public=self.is_public,
            return_rule=self.return_rule,
            translations=self.translations,
            expected_version=self.expected_version,
        )


@strawberry.input(description="Which promotion is to end for good.")
class PromotionArchiveInput:
    id: strawberry.ID

    def to_domain(self) -> PromotionId:
        return parse_id(self.id, "promotion", PromotionId)


@strawberry.input(description="Codes to be made.")
class PromotionCodesGenerateInput:
    promotion_id: strawberry.ID
    count: int = strawberry.field(description="1 to 100,000.")
    pattern: str = strawberry.field(description="`?` is a letter, `#` a digit, `*` either; the rest stands for itself.")
    idempotency_key: str
    usage_limit: int | None = strawberry.field(default=1, description="How many orders may use each; null for any.")

    def to_domain(self) -> usecases.GenerateCodes:
        promotion_id = parse_id(self.promotion_id, "promotion", PromotionId)
        return usecases.GenerateCodes(promotion_id, self.count, self.pattern, self.usage_limit, self.idempotency_key)


@strawberry.input(description="Codes to be deleted.")
class PromotionCodesRemoveInput:
    promotion_id: strawberry.ID
    codes: list[str]

    def to_domain(self) -> usecases.RemoveCodes:
        return usecases.RemoveCodes(parse_id(self.promotion_id, "promotion", PromotionId), tuple(self.codes))


@strawberry.input(description="A purchase that nobody makes, in the context of the request.")
class SimulateInput:
    lines: list[CartLineInput]
    at: datetime | None = strawberry.field(default=None, description="The instant; now unless told.")
    customer_id: strawberry.ID | None = strawberry.field(default=None, description="Who buys; a guest unless told.")
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="The company that they buy for; themselves unless told."
    )
    promo_codes: list[str] | None = None
    shipping_address: AddressInput | None = strawberry.field(
        default=None, description="Its country is where the goods go; the context's unless told."
    )

    def to_domain(self) -> promotions.Simulation:
        return promotions.Simulation(
            lines=tuple(line.to_domain() for line in self.lines),
            at=self.at,
            customer_id=None if self.customer_id is None else parse_id(self.customer_id, "customer", CustomerId),
            promo_codes=tuple(self.promo_codes or ()),
            country=self.shipping_address.to_domain().country if self.shipping_address else None,
            company_id=None if self.company_id is None else parse_id(self.company_id, "company", CompanyId),
        )


@strawberry.type(description="The promotion as it is now.")
class PromotionUpsertPayload(Payload):
    promotion: Promotion | None = resolve(description="The promotion as it is now.")


@strawberry.type(description="The promotion, which is over.")
class PromotionArchivePayload(Payload):
    promotion: Promotion | None = resolve(description="The promotion, which is over.")


@strawberry.type(description="The promotion with its codes.")
class PromotionCodesGeneratePayload(Payload):
    promotion: Promotion | None = resolve(description="The promotion with its codes.")


@strawberry.type(description="The promotion with the codes that are left.")
class PromotionCodesRemovePayload(Payload):
    promotion: Promotion | None = resolve(description="The promotion with the codes that are left.")


@strawberry.type
class PromotionsMutation:
    promotion_upsert: PromotionUpsertPayload | None = mutation(
        promotions.upsert,
        input=PromotionInput,
        payload=PromotionUpsertPayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Make or change a promotion. It takes effect within seconds, and at its instants by itself.",
    )
    promotion_archive: PromotionArchivePayload | None = mutation(
        promotions.archive,
        input=PromotionArchiveInput,
        payload=PromotionArchivePayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="End a promotion for good; checkouts that were promised its price keep it.",
    )
    promotion_codes_generate: PromotionCodesGeneratePayload | None = mutation(
        promotions.generate_codes,
        input=PromotionCodesGenerateInput,
        payload=PromotionCodesGeneratePayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Make up to 100,000 codes that nobody can guess.",
    )
    promotion_codes_remove: PromotionCodesRemovePayload | None = mutation(
        promotions.remove_codes,
        input=PromotionCodesRemoveInput,
        payload=PromotionCodesRemovePayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Delete codes; orders keep what they were given.",
    )
