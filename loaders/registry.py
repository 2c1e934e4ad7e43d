"""The dataloaders of one request, each made when first used.

`class Loaders` is what resolvers know; a loader is a line here and a batch function in `loaders/<context>.py`, which takes
these `Reads` and the keys.
"""

from loaders import catalog, customers, pricing, vendors
from loaders.reads import Reads, loader


class Loaders(Reads):
    """Reads of one request, batched; right for one read-only moment."""

    product = loader(catalog.products)
    variant = loader(catalog.variants)
    variants_of_product = loader(catalog.variants_of_product)
    lineage = loader(catalog.lineages)
    category = loader(catalog.categories)
    child_categories = loader(catalog.child_categories)
    collection = loader(catalog.collections)
    collections_of_product = loader(catalog.collections_of_product)
    attribute = loader(catalog.attributes)
    vendor = loader(vendors.vendors)
    assortment = loader(pricing.assortments)
    offer = loader(pricing.offers)
    market = loader(pricing.markets)
    price_list = loader(pricing.price_lists)
    stock_levels = loader(pricing.stock_levels)
    warehouse = loader(pricing.warehouses)
    customer = loader(customers.customers)
    address_book = loader(customers.address_books)
    api_key = loader(customers.api_keys)
