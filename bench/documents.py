"""The operations that are measured, as a storefront would write them."""

LIST_PAGE = """
query ListPage($first: Int!) {
  search(input: {sort: NEWEST}, first: $first) {
    nodes {
      id slug title
      media(first: 2) { url alt width height }
      variants(first: 10) {
        nodes { id sku title buyBox { price { current { gross { amountMinor currency } } } } }
      }
    }
  }
}
"""
LIST_SIZE = 20
LIST_MEDIA = 2
LIST_VARIANTS = 10

TYPE_NAME = "query TypeName { __typename }"
TYPE_NAME_ANSWER = b'{"data":{"__typename":"Query"}}'

PRODUCT_PAGE = """
query ProductPage($slug: String!) {
  product(slug: $slug) {
    id slug title description { html } brand
    category { id name }
    media(first: 10) { url alt width height }
    options { name values { name } }
    attributes { key label value }
    priceRange { min { formatted } max { formatted } }
    variants(first: 50) {
      nodes {
        id sku title options { name value }
        offers(first: 5) {
          nodes { id vendor { name } price { current { gross { amountMinor formatted } } } availability { state } }
        }
      }
    }
  }
}
"""

SEARCH_PAGE = """
query SearchPage($query: String!) {
  search(input: {query: $query}, first: 24) {
    totalCount
    facets { key label values { value count } }
    nodes { id slug title media(first: 1) { url alt } priceRange { min { amountMinor currency } } availability }
    pageInfo { hasNextPage endCursor }
  }
}
"""

TITLES = "query Titles { search(input: {sort: NEWEST}, first: 20) { nodes { slug title } } }"

OFFERS = """
query Offers {
  search(input: {sort: NEWEST}, first: 100) {
    nodes { variants(first: 50) { nodes { buyBox { id } } } }
  }
}
"""

_ERRORS = "errors { code message path }"
_TOTAL = "totals { total { gross { amountMinor currency } } }"

CART_CREATE = f"""
mutation CartCreate($input: CartCreateInput!) {{
  cartCreate(input: $input) {{ {_ERRORS} cart {{ id version {_TOTAL} lines {{ nodes {{ id quantity }} }} }} }}
}}
"""

CART_UPDATE = f"""
mutation CartUpdate($input: CartUpdateInput!) {{
  cartUpdate(input: $input) {{ {_ERRORS} cart {{ id version {_TOTAL} lines {{ nodes {{ id quantity }} }} }} }}
}}
"""

_CHECKOUT = f"id version missing {_TOTAL} deliveryGroups {{ id options {{ id name }} }}"

CHECKOUT_START = f"""
mutation CheckoutStart($input: CheckoutStartInput!) {{
  checkoutStart(input: $input) {{ {_ERRORS} checkout {{ {_CHECKOUT} }} }}
}}
"""

CHECKOUT_UPDATE = f"""
mutation CheckoutUpdate($input: CheckoutUpdateInput!) {{
  checkoutUpdate(input: $input) {{ {_ERRORS} checkout {{ {_CHECKOUT} }} }}
}}
"""

TENDER_ADD = f"""
mutation CheckoutTenderAdd($input: TenderInput!) {{
  checkoutTenderAdd(input: $input) {{ {_ERRORS} checkout {{ {_CHECKOUT} }} }}
}}
"""

COMPLETE = f"""
mutation CheckoutComplete($input: CheckoutCompleteInput!) {{
  checkoutComplete(input: $input) {{ {_ERRORS} order {{ id number }} }}
}}
"""
