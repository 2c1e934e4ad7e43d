"""The schema, put together from the contexts' parts."""

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from resolvers import nodes
from schema.access import enforce
from schema.admin import AdminQuery
from schema.balances import BalancesMutation, BalancesQuery
from schema.base import GenericError, Node, resolve
from schema.caching import cached
from schema.cart import CartMutation, CartQuery, CartSubscription
from schema.catalog import CatalogQuery
from schema.checkout import CheckoutMutation, CheckoutQuery, CheckoutSubscription
from schema.companies import CompaniesMutation
from schema.costs import priced
from schema.customers import CustomersMutation, CustomersQuery
from schema.delivery import DeliveryMutation
from schema.describing import described
from schema.digital import DigitalMutation
from schema.documents import DocumentsMutation
from schema.drafts import DraftsMutation
from schema.entities import FederationQuery, Schema
from schema.events import EventsQuery, EventsSubscription
from schema.fulfillment import FulfillmentMutation
from schema.gift_wraps import WrappingMutation
from schema.jobs import JobMutation
from schema.markets import MarketsMutation
from schema.order_operations import OrderOperationsMutation
from schema.order_payments import OrderPaymentsMutation, OrderPaymentsQuery
from schema.orders import OrdersMutation, OrdersQuery
from schema.payment_methods import PaymentMethodsMutation
from schema.price_lists import PriceListsMutation
from schema.pricing import PricingQuery
from schema.problems import DeliveryError, PriceChangedError, StockError
from schema.promotions import PromotionsMutation
from schema.reordering import ReorderingMutation
from schema.returns import ReturnsMutation
from schema.scalars import SCALARS
from schema.search import SearchQuery
from schema.taxes import TaxMutation
from schema.vendor_portal import VendorPortalMutation, VendorPortalQuery
from schema.vendors import VendorsQuery
from schema.warehouses import WarehousesMutation
from schema.webhooks import WebhooksMutation
from schema.wishlists import WishlistsMutation, WishlistsQuery


@strawberry.type
class NodeQuery:
    node: Node | None = resolve(nodes.node, description="Anything by its id; null when there is none to be seen.")
    nodes: list[Node | None] = resolve(nodes.nodes, description="Up to 100 things by their ids, in that order.")


Query = merge_types(
    "Query",
    (
        NodeQuery,
        PricingQuery,
        CatalogQuery,
        VendorsQuery,
        SearchQuery,
        CustomersQuery,
        WishlistsQuery,
        CartQuery,
        CheckoutQuery,
        BalancesQuery,
        OrdersQuery,
        OrderPaymentsQuery,
        EventsQuery,
        VendorPortalQuery,
        AdminQuery,
        FederationQuery,
    ),
)
Mutation = merge_types(
    "Mutation",
    (
        CustomersMutation,
        CompaniesMutation,
        WishlistsMutation,
        CartMutation,
        ReorderingMutation,
        DraftsMutation,
        CheckoutMutation,
        BalancesMutation,
        PaymentMethodsMutation,
        OrdersMutation,
        OrderOperationsMutation,
        OrderPaymentsMutation,
        FulfillmentMutation,
        ReturnsMutation,
        DeliveryMutation,
        VendorPortalMutation,
        WarehousesMutation,
        WrappingMutation,
        PromotionsMutation,
        PriceListsMutation,
        MarketsMutation,
        TaxMutation,
        JobMutation,
        WebhooksMutation,
        DocumentsMutation,
        DigitalMutation,
    ),
)
Subscription = merge_types("Subscription", (CartSubscription, CheckoutSubscription, EventsSubscription))

ROOTS = (Query, Mutation, Subscription)
priced(*ROOTS)
cached(*ROOTS)

schema = described(
    enforce(
        Schema(
            Query,
            Mutation,
            Subscription,
            types=[GenericError, StockError, DeliveryError, PriceChangedError],
            federation_version="2.9",
            config=StrawberryConfig(scalar_map=SCALARS),
        )
    )
)
