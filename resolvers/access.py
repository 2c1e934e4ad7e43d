"""Who may see what: the row rules, in one place to read."""

from typing import Any

from domain.cart.priced import PricedCart
from domain.cart.usecases import may_change
from domain.catalog.model import Product, Variant
from domain.checkout.priced import PricedCheckout
from domain.companies.model import Company
from domain.customers.model import ApiKey, Customer
from domain.customers.wishlists.model import Wishlist
from domain.inventory.model import Warehouse
from domain.orders.access import ORDERS_READ
from domain.payments.balances.model import Balance
from domain.pricing.model import PriceList
from domain.pricing.offer import Offer
from domain.pricing.promoting.ports import StoredPromotion
from domain.shared.actor import Actor
from domain.vendors.model import Vendor
from domain.webhooks.model import INTEGRATIONS_READ, INTEGRATIONS_WRITE, Webhook, WebhookDelivery

BALANCES_SCOPE = "balances:read"
CATALOG_SCOPE = "catalog:read"
CUSTOMERS_SCOPE = "customers:read"
INTEGRATIONS_SCOPE = "integrations:write"
INVENTORY_SCOPE = "inventory:read"
PROMOTIONS_SCOPE = "promotions:read"
VENDORS_SCOPE = "vendors:read"


def may_see(actor: Actor, found: Any) -> bool:  # noqa: C901, PLR0911, PLR0912 - one answer per type
    """Whether the actor may read this object by its id. What no rule names is public.

    Orders, events and what belongs to them are named by `domain.orders.access`, and left out by their loaders.
    """
    match found:
        case Product() | Variant():
            return found.is_public or is_staff_with(actor, CATALOG_SCOPE) or bool(found.vendor_ids & actor.vendor_ids)
        case Offer():
            return found.is_public or is_staff_with(actor, CATALOG_SCOPE) or actor.acts_for(found.vendor_id)
        case Vendor():
            return found.is_public or is_staff_with(actor, VENDORS_SCOPE) or actor.acts_for(found.id)
        case Warehouse():
            return found.pickup or is_staff_with(actor, INVENTORY_SCOPE) or actor.acts_for(found.vendor_id)
        case PriceList():
            is_for_all = found.customer_group is None and found.company_id is None
            return is_for_all or found.company_id in actor.company_ids or is_staff_with(actor, CATALOG_SCOPE)
        case Customer():
            return found.id == actor.customer_id or CUSTOMERS_SCOPE in actor.scopes
        case Company():
            return found.id in actor.company_ids or CUSTOMERS_SCOPE in actor.scopes
        case Wishlist():
            return found.is_shared or found.customer_id == actor.customer_id
        case PricedCart():
            return may_change(actor, found.cart) or is_staff_with(actor, ORDERS_READ)
        case PricedCheckout():
            return found.checkout.is_open_to(actor)
        case Balance():
            return is_staff_with(actor, BALANCES_SCOPE)
        case StoredPromotion():
            return is_staff_with(actor, PROMOTIONS_SCOPE)
        case ApiKey():
            return is_staff_with(actor, INTEGRATIONS_SCOPE)
        case Webhook() | WebhookDelivery():
            is_own = found.vendor_id is not None and actor.acts_for(found.vendor_id)
            return is_own or not actor.scopes.isdisjoint({INTEGRATIONS_READ, INTEGRATIONS_WRITE})
        case _:
            return True


def is_staff_with(actor: Actor, scope: str) -> bool:
    """Whether this is a member of staff who was granted `scope`; a vendor's API key is none, whatever its scopes."""
    return actor.is_staff and scope in actor.scopes
