"""Companies that buy, their members, and the segments and groups of customers."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.companies import model, usecases
from domain.customers.grouping import usecases as grouping
from domain.payments.balances.usecases import SetCreditLimit
from domain.shared.ids import CompanyId, CustomerId
from resolvers import companies
from resolvers.ids import parse_id
from schema.balances import BALANCES_WRITE, CreditTerms
from schema.base import Node, Payload, enum, mutation, represents, resolve
from schema.money import Money, MoneyInput
from schema.pricing import PriceList

if TYPE_CHECKING:
    from schema.customers import Customer

CUSTOMERS_WRITE = [["customers:write"]]
OF_MONEY = [["member"], ["scope:customers:read", "scope:balances:read"]]

# Guarded field by field, since routers ask of every `Node` what one of its types asks for.
shown = partial(resolve, authenticated=True, policy=[["member"], ["scope:customers:read"]])

enum(model.CompanyRole)


@strawberry.federation.type(
    keys=["id"],
    description="A business that buys. Seen by its members, and by those who may read customers.",
)
@represents(model.Company)
class Company(Node):
    loader = "company"

    name: str = shown(description="Its name.")
    vat_id: str | None = shown(description="Its VAT number in the European Union.")
    net_terms_days: int | None = shown(description="Its invoices are due so many days after their date.")
    due_on_working_days: bool = shown(description="Whether what would be due on a weekend is due on Monday.")
    credit_limit: Money | None = resolve(
        companies.credit_limit,
        authenticated=True,
        policy=OF_MONEY,
        description="How much it may owe in the currency of the request; null if it cannot buy on invoice.",
    )
    credit_available: Money | None = resolve(
        companies.credit_available, authenticated=True, policy=OF_MONEY, description="How much of that is left."
    )
    credit_terms: list[CreditTerms] = resolve(
        companies.credit_terms,
        authenticated=True,
        policy=OF_MONEY,
        description="How much it may owe, currency by currency.",
    )
    members: list["CompanyMembership"] = shown(
        companies.members,
        description="Who acts for it: 500 at most. Members other than an ADMIN are shown themselves alone.",
    )
    price_lists: list[PriceList] = shown(companies.price_lists, description="The contracts that it buys by.")
    version: int = shown(description="Grows with each change; pass it as `expectedVersion`.")


@strawberry.federation.type(
    authenticated=True,
    policy=[["self"], ["member"], ["scope:customers:read"]],
    description="That a customer acts for a company.",
)
@represents(model.Membership)
class CompanyMembership:
    company: Company = resolve(companies.company_of_member, description="For whom.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = resolve(
        companies.customer_of_member, description="Who; null to those who may not read other customers."
    )
    email: str = resolve(companies.email_of_member, description="The member's email.")
    role: model.CompanyRole = resolve(description="What they may do.")
    spending_limit: Money | None = resolve(description="What one order of theirs may come to; null for any sum.")


@strawberry.input(description="A new company.")
class CompanyCreateInput:
    name: str = strawberry.field(description="Its name, as invoices say it.")
    vat_id: str | None = strawberry.field(
        default=None, description="Its VAT number in the European Union, as in DE123456789; the register is asked."
    )
    net_terms_days: int | None = strawberry.field(
        default=None, description="Its invoices are due so many days after their date; null: not agreed."
    )
    due_on_working_days: bool = strawberry.field(
        default=False, description="Whether what would be due on a weekend is due on Monday."
    )

    def to_domain(self) -> usecases.CreateCompany:
        return usecases.CreateCompany(self.description())

    def description(self) -> usecases.Description:
        days = self.net_terms_days
        terms = None if days is None else model.NetTerms(days, self.due_on_working_days)
        return usecases.Description(self.name, self.vat_id, terms)


@strawberry.input(description="All that is said of a company, in the place of what was said before.")
class CompanyUpdateInput:
    company_id: strawberry.ID = strawberry.field(description="Which company.")
    name: str = strawberry.field(description="Its name, as invoices say it.")
    vat_id: str | None = strawberry.field(
        default=None, description="Its VAT number in the European Union, as in DE123456789; the register is asked."
    )
    net_terms_days: int | None = strawberry.field(
        default=None, description="Its invoices are due so many days after their date; null: not agreed."
    )
    due_on_working_days: bool = strawberry.field(
        default=False, description="Whether what would be due on a weekend is due on Monday."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The `version` that was seen; refused with VERSION_CONFLICT if it is another by now."
    )

    def to_domain(self) -> usecases.UpdateCompany:
        said = CompanyCreateInput(
            name=self.name,
            vat_id=self.vat_id,
            net_terms_days=self.net_terms_days,
            due_on_working_days=self.due_on_working_days,
        )
        company_id = parse_id(self.company_id, "company", CompanyId)
        return usecases.UpdateCompany(company_id, said.description(), self.expected_version)


@strawberry.input(description="A member, and what they may do; it takes the place of what was said before.")
class CompanyMemberSetInput:
    company_id: strawberry.ID = strawberry.field(description="For whom they act.")
    customer_id: strawberry.ID = strawberry.field(description="Who.")
    role: model.CompanyRole = strawberry.field(description="What they may do.")
    spending_limit: MoneyInput | None = strawberry.field(
        default=None, description="What one order of theirs may come to, with tax; null for any sum."
    )

    def to_domain(self) -> usecases.SetMember:
        return usecases.SetMember(
            parse_id(self.company_id, "company", CompanyId),
            parse_id(self.customer_id, "customer", CustomerId),
            self.role,
            self.spending_limit.to_domain() if self.spending_limit else None,
        )


@strawberry.input(description="A member who shall be none any more.")
class CompanyMemberRemoveInput:
    company_id: strawberry.ID = strawberry.field(description="Which company.")
    customer_id: strawberry.ID = strawberry.field(description="Whose membership ends.")

    def to_domain(self) -> usecases.RemoveMember:
        return usecases.RemoveMember(
            parse_id(self.company_id, "company", CompanyId), parse_id(self.customer_id, "customer", CustomerId)
        )


@strawberry.input(description="How much a company may owe in a currency.")
class CompanyCreditLimitSetInput:
    company_id: strawberry.ID = strawberry.field(description="Which company.")
    limit: MoneyInput = strawberry.field(description="0 ends buying on invoice; what is owed stays owed.")
    idempotency_key: str = strawberry.field(description="The same key sets it once, however often it is asked.")
    note: str | None = strawberry.field(default=None, description="Why, for staff; at most 500 characters.")

    def to_domain(self) -> SetCreditLimit:
        company_id = parse_id(self.company_id, "company", CompanyId)
        return SetCreditLimit(None, self.limit.to_domain(), self.note, self.idempotency_key, company_id)


@strawberry.input(description="All segments that a customer is in.")
class CustomerSegmentsSetInput:
    customer_id: strawberry.ID = strawberry.field(description="Which customer.")
    segments: list[str] = strawberry.field(description="Names such as `lapsed` or `big-spender`; 100 at most.")

    def to_domain(self) -> grouping.SetSegments:
        return grouping.SetSegments(parse_id(self.customer_id, "customer", CustomerId), tuple(self.segments))


@strawberry.input(description="The group whose price lists a customer has.")
class CustomerGroupSetInput:
    customer_id: strawberry.ID = strawberry.field(description="Which customer.")
    group: str | None = strawberry.field(default=None, description="A name such as `trade`; null or empty for none.")

    def to_domain(self) -> grouping.SetGroup:
        return grouping.SetGroup(parse_id(self.customer_id, "customer", CustomerId), self.group)


@strawberry.type(description="The new company.")
class CompanyCreatePayload(Payload):
    company: Company | None = resolve(description="The new company.")


@strawberry.type(description="The company as it is now.")
class CompanyUpdatePayload(Payload):
    company: Company | None = resolve(description="The company as it is now.")


@strawberry.type(description="The membership as it is now.")
class CompanyMemberSetPayload(Payload):
    member: CompanyMembership | None = resolve(description="The membership as it is now.")


@strawberry.type(description="The company without the member.")
class CompanyMemberRemovePayload(Payload):
    company: Company | None = resolve(description="The company without the member.")


@strawberry.type(description="The company with what it may owe.")
class CompanyCreditLimitSetPayload(Payload):
    company: Company | None = resolve(description="The company with what it may owe.")


@strawberry.type(description="The customer with their segments.")
class CustomerSegmentsSetPayload(Payload):
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = resolve(description="The customer.")


@strawberry.type(description="The customer with their group.")
class CustomerGroupSetPayload(Payload):
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = resolve(description="The customer.")


@strawberry.type
class CompaniesMutation:
    company_create: CompanyCreatePayload | None = mutation(
        companies.create,
        input=CompanyCreateInput,
        payload=CompanyCreatePayload,
        requires_scopes=CUSTOMERS_WRITE,
        tags=["admin"],
        description="Make a company; it has no members yet.",
    )
    company_update: CompanyUpdatePayload | None = mutation(
        companies.update,
        input=CompanyUpdateInput,
        payload=CompanyUpdatePayload,
        requires_scopes=CUSTOMERS_WRITE,
        tags=["admin"],
        description="Change all that is said of a company; orders keep what they were placed with.",
    )
    company_member_set: CompanyMemberSetPayload | None = mutation(
        companies.set_member,
        input=CompanyMemberSetInput,
        payload=CompanyMemberSetPayload,
        requires_scopes=CUSTOMERS_WRITE,
        tags=["admin"],
        description="Have a customer act for a company, or in another role or up to another limit.",
    )
    company_member_remove: CompanyMemberRemovePayload | None = mutation(
        companies.remove_member,
        input=CompanyMemberRemoveInput,
        payload=CompanyMemberRemovePayload,
        requires_scopes=CUSTOMERS_WRITE,
        tags=["admin"],
        description="End a membership: they neither see the company nor buy for it any more.",
    )
    company_credit_limit_set: CompanyCreditLimitSetPayload | None = mutation(
        companies.set_limit,
        input=CompanyCreditLimitSetInput,
        payload=CompanyCreditLimitSetPayload,
        requires_scopes=BALANCES_WRITE,
        tags=["admin"],
        description="Let a company buy on invoice, up to a limit.",
    )
    customer_segments_set: CustomerSegmentsSetPayload | None = mutation(
        companies.set_segments,
        input=CustomerSegmentsSetInput,
        payload=CustomerSegmentsSetPayload,
        requires_scopes=CUSTOMERS_WRITE,
        tags=["admin"],
        description="Put a customer into segments, by which promotions choose whom they are for.",
    )
    customer_group_set: CustomerGroupSetPayload | None = mutation(
        companies.set_group,
        input=CustomerGroupSetInput,
        payload=CustomerGroupSetPayload,
        requires_scopes=CUSTOMERS_WRITE,
        tags=["admin"],
        description="Put a customer into the group whose price lists they have, or into none.",
    )
