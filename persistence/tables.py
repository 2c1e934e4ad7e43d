"""The import that registers all tables with `metadata`, for migrations: whoever works with some imports those."""

import persistence.cart.tables
import persistence.catalog.tables
import persistence.checkout.tables
import persistence.common_tables
import persistence.companies.tables
import persistence.customers.tables
import persistence.fulfillment.digital_tables
import persistence.fulfillment.tables
import persistence.inventory.tables
import persistence.orders.document_tables
import persistence.orders.tables
import persistence.payments.balance_tables
import persistence.payments.gateway_tables
import persistence.payments.tables
import persistence.pricing.promotion_tables
import persistence.pricing.tables
import persistence.pricing.tax_tables
import persistence.returns.tables
import persistence.search.tables
import persistence.vendors.tables
import persistence.webhooks.tables  # noqa: F401 - imported for the tables it registers
