"""The dataloaders of one request, each made when first used.

A loader is a line here and a batch function in `loaders/<context>.py`, which takes these `Loaders` and the keys.
"""

from loaders import (
    balances,
    cart,
    catalog,
    checkout,
    companies,
    customers,
    orders,
    price_history,
    pricing,
    refunds,
    returns,
    vendors,
    webhooks,
)
from loaders.reads import Reads, loader
from loaders.sources import of_products, of_their_products, rarely_changed


class Loaders(Reads):
    """Reads of one request, batched; right for one read-only moment."""

    product = loader(catalog.products, of_products, catalog.kept_products)
    variant = loader(catalog.variants, of_their_products)
    variants_of_product = loader(catalog.variants_of_product, of_products, catalog.kept_variants)
    lineage = loader(catalog.lineages, rarely_changed, catalog.kept_lineages)
    category = loader(catalog.categories, rarely_changed, catalog.kept_categories)
    child_categories = loader(catalog.child_categories, rarely_changed)
    collection = loader(catalog.collections, rarely_changed)
    collections_of_product = loader(catalog.collections_of_product, of_products, catalog.kept_collections)
    facts_of_product = loader(catalog.facts_of_product, of_products, catalog.kept_facts)
    vendor = loader(vendors.vendors, rarely_changed, vendors.kept_vendors)
    gift_wraps_of_vendor = loader(vendors.gift_wraps)
    assortment = loader(pricing.assortments, of_products)
    offer = loader(pricing.offers, of_their_products)
    market = loader(pricing.markets, rarely_changed)
    settings_of_market = loader(pricing.settings_of_markets)
    price_list = loader(pricing.price_lists, rarely_changed)
    derivation_of_price_list = loader(pricing.derivations)
    promotion = loader(pricing.promotions)
    prior_price = loader(price_history.prior_prices, rarely_changed)  # of offers whose products are noted
    stock_levels = loader(pricing.stock_levels)
    sold_ahead = loader(pricing.sold_ahead)
    warehouse = loader(pricing.warehouses)
    email_of_cart = loader(cart.emails_of_carts)
    cart = loader(cart.carts)
    checkout = loader(checkout.checkouts)
    customer = loader(customers.customers)
    address_book = loader(customers.address_books)
    segments_of_customer = loader(customers.segments)
    company = loader(companies.companies)
    members_of_company = loader(companies.members)
    memberships_of_customer = loader(companies.memberships)
    credit_of_company = loader(companies.credit)
    price_lists_of_company = loader(companies.price_lists)
    api_key = loader(customers.api_keys)
    webhook = loader(webhooks.webhooks)
    webhook_delivery = loader(webhooks.deliveries)
    attempts_of_webhook_delivery = loader(webhooks.attempts)
    wishlist = loader(customers.wishlists)
    wishlists_of_customer = loader(customers.wishlists_of_customer)
    order = loader(orders.orders)
    terms_of_sale = loader(orders.terms_of_sales)
    vendor_order = loader(orders.vendor_orders)
    order_line = loader(orders.order_lines)
    fulfillment = loader(orders.fulfillments)
    payment = loader(orders.payments)
    gift_card = loader(balances.balances)
    balances_of_customer = loader(balances.accounts)
    stored_methods_of_customer = loader(balances.stored_methods)
    gift_cards_of_order = loader(balances.gift_cards_of_order)
    event = loader(orders.events)
    lines_of_order = loader(orders.lines_of_order)
    vendor_orders_of_order = loader(orders.vendor_orders_of_order)
    fulfillments_of_order = loader(orders.fulfillments_of_order)
    downloads_of_line = loader(orders.downloads_of_line)
    documents_of_order = loader(orders.documents_of_order)
    payments_of_order = loader(orders.payments_of_order)
    order_return = loader(returns.returns)
    returns_of_order = loader(returns.returns_of_order)
    returns_of_vendor_order = loader(returns.returns_of_vendor_order)
    refund = loader(refunds.refunds)
    refunds_of_order = loader(refunds.refunds_of_order)
    allocations_of_refund = loader(refunds.allocations_of_refund)
    disputes_of_payment = loader(refunds.disputes_of_payment)
    paid_of_order = loader(orders.paid_of_order)
    first_events_of_order = loader(orders.first_events_of_order)
    lines_of_vendor_order = loader(orders.lines_of_vendor_order)
    fulfillments_of_vendor_order = loader(orders.fulfillments_of_vendor_order)
    documents_of_vendor_order = loader(orders.documents_of_vendor_order)
