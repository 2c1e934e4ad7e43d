"""What staff reads."""

import strawberry

from domain.pricing import quote
from resolvers import admin, companies, delivery, disputes, jobs, price_lists, pricing, promotions, warehouses, webhooks
from resolvers.context import Info
from schema.base import Connection, represents, resolve
from schema.cart import Cart
from schema.catalog import Product
from schema.companies import Company
from schema.customers import KEY_MAKERS, ApiKey, Customer
from schema.delivery import DeliveryRate, DeliveryRestriction, DeliveryZone
from schema.disputes import Dispute
from schema.jobs import ParkedJob
from schema.orders import Order
from schema.pricing import Market, PriceList, Warehouse
from schema.promotions import Promotion, SimulateInput
from schema.totals import Totals
from schema.vendors import Vendor
from schema.webhooks import Webhook


async def simulate_pricing(info: Info, input: SimulateInput) -> quote.Totals:
    return await promotions.simulate(info, input.to_domain())


@strawberry.federation.type(tags=["admin"], description="The lists of staff, newest first; each asks for its scope.")
@represents(admin.AdminRoot)
class AdminRoot:
    products: Connection[Product] = resolve(
        admin.products,
        requires_scopes=[["catalog:read"]],
        description="Products in any status; `query` is part of a title, a slug or an external id.",
    )
    orders: Connection[Order] = resolve(
        admin.orders,
        requires_scopes=[["orders:read"]],
        description="Orders; `query` is an order's number or its buyer's email.",
    )
    customers: Connection[Customer] = resolve(
        admin.customers,
        requires_scopes=[["customers:read"]],
        description="Customers; `query` is part of an email or a name.",
    )
    companies: Connection[Company] = resolve(
        companies.companies,
        requires_scopes=[["customers:read"]],
        description="Companies; `query` is part of a name, or a VAT number.",
    )
    draft_orders: Connection[Cart] = resolve(
        admin.draft_orders, requires_scopes=[["orders:write"]], description="Drafts that are not ordered yet."
    )
    api_keys: Connection[ApiKey] = resolve(
        admin.api_keys, requires_scopes=KEY_MAKERS, description="The keys of programs, revoked ones too."
    )
    promotions: list[Promotion] = resolve(
        promotions.newest,
        requires_scopes=[["promotions:read"]],
        description="The newest 100 promotions that are not archived; `query` is part of a name.",
    )
    disputes: list[Dispute] = resolve(
        disputes.newest,
        requires_scopes=[["orders:read"]],
        description="The newest 100 disputes about payments, those of one state if it is named.",
    )
    simulate_pricing: Totals = resolve(
        simulate_pricing,
        requires_scopes=[["promotions:read"]],
        description="Prices a hypothetical cart as a hypothetical buyer at any instant: for support and previews. "
        "What was used up by now is used up, whatever the instant.",
    )
    vendors: Connection[Vendor] = resolve(
        admin.vendors, requires_scopes=[["vendors:read"]], description="Vendors in any status."
    )
    markets: list[Market] = resolve(
        pricing.markets, requires_scopes=[["markets:read"]], description="All markets, the default first."
    )
    warehouses: Connection[Warehouse] = resolve(
        warehouses.newest,
        requires_scopes=[["inventory:read"]],
        description="Warehouses of a vendor or of all, the newest first.",
    )
    price_lists: list[PriceList] = resolve(
        price_lists.newest, requires_scopes=[["pricing:read"]], description="All price lists, the newest first."
    )
    delivery_zones: list[DeliveryZone] = resolve(
        delivery.zones, requires_scopes=[["delivery:read"]], description="All zones of delivery, by their names."
    )
    delivery_rates: list[DeliveryRate] = resolve(
        delivery.rates,
        requires_scopes=[["delivery:read"]],
        description="The first 500 rates of a market, by its handle, or of all; also those that are not offered.",
    )
    delivery_restrictions: list[DeliveryRestriction] = resolve(
        delivery.restrictions, requires_scopes=[["delivery:read"]], description="The newest 500 restrictions."
    )
    webhooks: Connection[Webhook] = resolve(
        webhooks.newest,
        requires_scopes=[["integrations:read"]],
        description="Webhooks of the platform and of vendors, the newest first, in any of the states.",
    )
    parked_jobs: Connection[ParkedJob] = resolve(
        jobs.parked_jobs,
        requires_scopes=[["jobs:read"]],
        description="Jobs that failed for good and wait for somebody; `jobReplay` has one done after all.",
    )


@strawberry.type
class AdminQuery:
    admin: AdminRoot | None = resolve(
        admin.admin, requires_scopes=[["staff"]], tags=["admin"], description="What staff reads."
    )
