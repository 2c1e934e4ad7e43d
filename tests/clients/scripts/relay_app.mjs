// A storefront in Relay, by the artifacts that its compiler wrote of `relay_app/Shop.js`.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { createClient } from "graphql-ws";
import relay from "relay-runtime";
import WebSocket from "ws";
import { dataOf, eventually, fresh, socketUrl } from "./ask.mjs";

const { Environment, Network, Observable, RecordSource, Store } = relay;
const { commitMutation, createOperationDescriptor, fetchQuery, getSingularSelector, requestSubscription } = relay;
const artifact = (name) => createRequire(import.meta.url)(`./relay_app/__generated__/${name}.graphql.js`);

let socket;

before(() => {
  socket = createClient({ url: socketUrl(), webSocketImpl: WebSocket });
});
after(() => socket.dispose());

async function ask({ text }, variables) {
  const response = await fetch(process.env.URL, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify({ query: text, variables }),
  });
  return response.json();
}

const listen = ({ text }, variables) =>
  Observable.create((sink) => socket.subscribe({ query: text, variables }, sink));

const environment = () =>
  new Environment({ network: Network.create(ask, listen), store: new Store(new RecordSource()) });

const asked = (shop, name, variables) => fetchQuery(shop, artifact(name), variables).toPromise();

/** What a component with this fragment would be shown, where a query of these variables spreads it. */
function shown(shop, query, variables, fragment, of = (data) => data) {
  const operation = createOperationDescriptor(artifact(query), variables);
  const reference = of(shop.lookup(operation.fragment).data);
  return shop.lookup(getSingularSelector(artifact(fragment), reference)).data;
}

async function madeCart(shop) {
  const product = await dataOf(
    `{ product(slug: "terracotta-pot") { variants(first: 1) { nodes { buyBox { id } } } } }`,
  );
  const offerId = product.product.variants.nodes[0].buyBox.id;
  const input = { idempotencyKey: fresh("relay-app")[0], lines: [{ offerId, quantity: 2 }] };
  return new Promise((onCompleted, onError) => {
    commitMutation(shop, {
      mutation: artifact("ShopCartCreateMutation"),
      variables: { input },
      onError,
      onCompleted,
    });
  });
}

test("pages of a connection become one list", async () => {
  const shop = environment();
  await asked(shop, "ShopQuery", { first: 2 });
  const { pageInfo } = shown(shop, "ShopQuery", { first: 2 }, "Shop_search").search;
  await asked(shop, "ShopSearchPaginationQuery", { first: 3, after: pageInfo.endCursor });

  const { edges } = shown(shop, "ShopQuery", { first: 2 }, "Shop_search").search;

  assert.equal(edges.length, 5);
  assert.equal(new Set(edges.map(({ node }) => node.id)).size, 5);
});

test("a product is fetched again as a node, with a page of its variants", async () => {
  const shop = environment();
  const { product } = await dataOf(`{ product(slug: "olive-soap") { id } }`);
  await asked(shop, "ShopNodeQuery", { id: product.id });
  await asked(shop, "ShopProductRefetchQuery", { id: product.id, first: 1, after: null });

  const found = shown(shop, "ShopNodeQuery", { id: product.id }, "Shop_product", ({ node }) => node.product);

  assert.equal(found.priceRange.min.currency, "USD");
  assert.ok(found.variants.edges.length >= 1);
});

test("a mutation answers its payload", async () => {
  const { cartCreate } = await madeCart(environment());

  assert.deepEqual(cartCreate.errors, []);
  assert.ok(cartCreate.cart.__id.startsWith("cart_"));
});

test("a subscription brings a cart up to date", async () => {
  const shop = environment();
  const { cartCreate } = await madeCart(shop);
  const id = cartCreate.cart.__id;
  const versions = [];
  const following = requestSubscription(shop, {
    subscription: artifact("ShopCartSubscription"),
    variables: { id },
    onNext: () => versions.push(shop.getStore().getSource().get(id).version),
    onError: assert.fail,
  });
  await eventually(() => versions.length >= 1, "the cart as it is");
  const [version] = versions;
  await dataOf(
    `mutation($input: CartUpdateInput!) { cartUpdate(input: $input) { errors { code } } }`,
    { input: { cartId: id, idempotencyKey: fresh("relay-app")[0], note: "Ring twice." } },
  );
  await eventually(() => versions.at(-1) > version, "the change");
  following.dispose();
});
