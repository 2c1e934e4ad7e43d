// What a storefront in Relay asks for: read by its compiler, which writes an artifact of each.

import { graphql } from "relay-runtime";

graphql`
  query ShopQuery($first: Int!) {
    ...Shop_search @arguments(first: $first)
  }
`;

graphql`
  fragment Shop_search on Query
  @refetchable(queryName: "ShopSearchPaginationQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 2 }, after: { type: "String" }) {
    search(input: {}, first: $first, after: $after) @connection(key: "Shop_search") {
      edges {
        node {
          id
          ...Shop_product
        }
      }
    }
  }
`;

graphql`
  fragment Shop_product on Product
  @refetchable(queryName: "ShopProductRefetchQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 5 }, after: { type: "String" }) {
    title
    priceRange {
      min {
        ...Shop_money @relay(mask: false)
      }
    }
    variants(first: $first, after: $after) @connection(key: "Shop_product_variants") {
      edges {
        node {
          sku
          buyBox {
            id
          }
        }
      }
    }
  }
`;

graphql`
  fragment Shop_money on Money {
    amountMinor
    currency
    formatted
  }
`;

graphql`
  query ShopNodeQuery($id: ID!) {
    node(id: $id) {
      __typename
      ...Shop_product @alias(as: "product")
    }
  }
`;

graphql`
  mutation ShopCartCreateMutation($input: CartCreateInput!) {
    cartCreate(input: $input) {
      cart {
        ...Shop_cart
      }
      errors {
        __typename
        code
        message
        path
        ... on StockError {
          available
        }
      }
    }
  }
`;

graphql`
  fragment Shop_cart on Cart {
    version
    lines(first: 100) @connection(key: "Shop_cart_lines") {
      edges {
        node {
          quantity
          total {
            gross {
              ...Shop_money
            }
          }
        }
      }
    }
  }
`;

graphql`
  subscription ShopCartSubscription($id: ID!) {
    cartChanged(id: $id) {
      ...Shop_cart
    }
  }
`;

graphql`
  subscription ShopEventsSubscription($after: String) {
    orderEvents(after: $after, types: [ORDER_PLACED]) {
      cursor
      order {
        number
        totals {
          total {
            gross {
              ...Shop_money
            }
          }
        }
      }
    }
  }
`;
