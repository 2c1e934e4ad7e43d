"""What fields cost and how long lists are, for `@cost` and `@listSize`: one price list for the whole schema.

Points are measured against each other: one is an object that is read with others in one statement. A list says its
page size by its arguments, and `assumedSize` is what to expect without them: for pages their default, for lists that
goods and orders have by nature what is usual.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from strawberry import UNSET
from strawberry.federation.schema_directives import Cost, ListSize
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.hints import answered_by, arguments_of, is_list, lay, name_of, object_fields

PAGE = 24
SLICING = ("first", "last", "limit")
ITEMS = ("nodes", "edges")

WEIGHTS: Mapping[str, int] = {
    "Query.search": 10,
    "Category.products": 10,
    "Collection.products": 10,
    "Vendor.products": 10,
    "Query.suggest": 10,
    "Query.resolvePath": 2,
    "SearchResult.facets": 10,
    "SearchResult.totalCount": 5,
    "Seo.structuredData": 5,
    "DeliveryGroup.options": 10,
    "DeliveryOption.pickupPoints": 10,
    "AdminRoot.simulatePricing": 50,
    "Mutation.checkoutStart": 50,
    "Mutation.checkoutUpdate": 50,
    "Mutation.checkoutComplete": 100,
    "Mutation.customerRegister": 50,
    "Mutation.signIn": 50,
}
"""Fields that take a statement, a search or a computation of their own."""

SIZES: Mapping[str, int] = {
    "Cart.groups": 3,
    "Cart.lines": 10,
    "Category.ancestors": 4,
    "Checkout.deliveryGroups": 3,
    "Checkout.paymentMethods": 4,
    "Checkout.shares": 2,
    "Checkout.tenders": 2,
    "Customer.addresses": 4,
    "DeliveryGroup.options": 5,
    "Facet.values": 20,
    "Menu.items": 10,
    "MenuItem.items": 5,
    "Order.disputes": 1,
    "Order.documents": 2,
    "Order.fulfillments": 2,
    "Order.lines": 10,
    "Order.payments": 2,
    "Order.refunds": 1,
    "Order.vendorOrders": 2,
    "OrderLine.taxes": 2,
    "Payment.disputes": 1,
    "Price.tiers": 3,
    "Product.attributes": 15,
    "Product.collections": 3,
    "Product.media": 5,
    "Product.options": 3,
    "Product.variants": 5,
    "ProductOption.values": 5,
    "Query.markets": 5,
    "SearchResult.facets": 8,
    "Seo.alternates": 4,
    "Totals.taxes": 2,
    "Variant.offers": 3,
    "Variant.options": 3,
    "VendorOrder.lines": 5,
}
"""How many items to expect in a list of which a document says no page size."""

USUAL: Mapping[str, int] = {"discounts": 2}
"""The same by the name of a field, of whatever type it is. All other lists are taken to have `cost.UNSIZED` items."""


def priced(*roots: Any) -> None:
    """Lay the price list upon all types that can be reached; call it once, before the schema is built."""
    for definition, field in object_fields(*roots):
        lay(field, _directives(definition, field))


def _directives(parent: StrawberryObjectDefinition, field: StrawberryField) -> Iterator[object]:
    name = f"{parent.name}.{name_of(field)}"
    if name in WEIGHTS:
        yield Cost(weight=WEIGHTS[name])
    answered = answered_by(field)
    if answered is None:
        return
    slicing = [argument for argument in SLICING if argument in arguments_of(field)]
    sized = _sized_fields(answered) if slicing and not is_list(field) else []
    if size := SIZES.get(name) or USUAL.get(name_of(field)) or (PAGE if sized or (slicing and is_list(field)) else 0):
        yield ListSize(
            assumed_size=size,
            slicing_arguments=slicing or UNSET,
            sized_fields=sized or UNSET,
            require_one_slicing_argument=False,
        )


def _sized_fields(answered: StrawberryObjectDefinition) -> list[str]:
    """Of a connection its items; of what is suggested all of its lists."""
    lists = [name_of(field) for field in answered.fields if is_list(field)]
    items = [name for name in lists if name in ITEMS]
    return items or (lists if answered.name == "Suggestions" else [])
