// The supergraph of this server and a second subgraph, composed and run by Apollo's own packages.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { composeServices } from "@apollo/composition";
import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { Kind, parse, print } from "graphql";
import { readFileSync } from "node:fs";
import { ask, as, dataOf, ROUTER_SECRET, SHOPPER_TOKEN, STAFF_TOKEN, url } from "./ask.mjs";
import { serveReviews, typeDefsWith } from "./reviews.mjs";

const PRODUCT = `{ product(slug: "komori-teapot") { id title } }`;
const VIEWER = `{ viewer { id email } }`;

/** What `_service` answers to routers that enforce access themselves. */
const WHOLE_SDL = readFileSync(process.env.WHOLE_SDL, "utf8");

let reviews;
let typeDefs;
let router;
let shopper;
let teapot;

/** Sends the caller's own credentials on, as a router in front of this server has to. */
class CallersCredentials extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    for (const [name, value] of Object.entries(context?.headers ?? {})) request.http.headers.set(name, value);
  }
}

function gateway(subgraphs, introspectionHeaders) {
  return new ApolloGateway({
    supergraphSdl: new IntrospectAndCompose({ subgraphs, introspectionHeaders }),
    buildService: ({ url }) => new CallersCredentials({ url }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
}

/** What the router answers to a caller with these headers. */
async function routed(query, headers = {}, variables = {}) {
  const { body } = await router.executeOperation({ query, variables }, { contextValue: { headers } });
  return JSON.parse(JSON.stringify(body.singleResult));
}

/** Our directive for operations, as another team would copy it. */
const inContext = (sdl) =>
  parse(sdl)
    .definitions.filter(({ kind, name }) => kind === Kind.DIRECTIVE_DEFINITION && name.value === "inContext")
    .map(print)
    .join("\n");

/** What comes of composing this schema with the one of the reviews. */
const composedWithReviews = (sdl) =>
  composeServices([
    { name: "commerce", url, typeDefs: parse(sdl) },
    { name: "reviews", url: reviews.url, typeDefs },
  ]);

before(async () => {
  teapot = (await dataOf(PRODUCT)).product;
  shopper = (await dataOf(VIEWER, {}, as(SHOPPER_TOKEN))).viewer;
  typeDefs = typeDefsWith(inContext(WHOLE_SDL));
  const nobody = "product_00000000000000000000000000";
  reviews = await serveReviews([
    { id: "1", text: "Pours well.", product: { id: teapot.id }, author: { id: shopper.id }, seller: { slug: "house" } },
    { id: "2", text: "It is gone.", product: { id: nobody }, seller: { slug: "nobody" } },
    { id: "3", text: "It is no product.", product: { id: shopper.id } },
  ], typeDefs);
  const subgraphs = [
    { name: "commerce", url },
    { name: "reviews", url: reviews.url },
  ];
  router = new ApolloServer({ gateway: gateway(subgraphs, { "router-authorization": ROUTER_SECRET }) });
  await router.start();
});

after(async () => {
  await router?.stop();
  await reviews?.stop();
});

test("the supergraph with a second subgraph has no error and no hint", async () => {
  const { _service } = await dataOf("{ _service { sdl } }", {}, { "router-authorization": ROUTER_SECRET });

  const { errors, hints, supergraphSdl } = composedWithReviews(_service.sdl);

  assert.deepEqual((errors ?? []).map(String), []);
  assert.deepEqual((hints ?? []).map(String), []);
  assert.ok(supergraphSdl.includes("directive @inContext"));
});

test("the supergraph has no error and no hint for a router that enforces access either", () => {
  const { errors, hints, supergraphSdl } = composedWithReviews(WHOLE_SDL);

  assert.deepEqual((errors ?? []).map(String), []);
  assert.deepEqual((hints ?? []).map(String), []);
  assert.ok(supergraphSdl.includes("@requiresScopes"));
});

test("no interface asks for more than its own fields do", () => {
  const { schema } = composedWithReviews(WHOLE_SDL);

  const guards = ["authenticated", "requiresScopes", "policy"];
  const guarded = schema
    .interfaceTypes()
    .flatMap((type) => [type, ...type.fields()])
    .filter((element) => element.appliedDirectives.some(({ name }) => guards.includes(name)))
    .map((element) => element.coordinate);

  assert.deepEqual(guarded, []);
});

test("the schema is refused to a router without the secret", async () => {
  const unknown = gateway([{ name: "commerce", url }], { "router-authorization": "another" });

  const plain = await ask("{ _service { sdl } }");

  await assert.rejects(unknown.load(), /secret may ask for its schema/);
  assert.equal(plain.data, null);
  assert.deepEqual(plain.errors.map(({ extensions }) => extensions.code), ["FORBIDDEN"]);
});

test("entities of ours are found from the other subgraph, one by one", async () => {
  const { data, errors } = await routed(`{ reviews { nodes { id product { title } seller { name } } } }`);

  assert.deepEqual(data.reviews.nodes, [
    { id: "1", product: { title: teapot.title }, seller: data.reviews.nodes[0].seller },
    { id: "2", product: null, seller: null },
    { id: "3", product: null, seller: null },
  ]);
  assert.equal(typeof data.reviews.nodes[0].seller.name, "string");
  const faults = errors.filter(({ extensions }) => extensions.code === "BAD_USER_INPUT");
  assert.deepEqual(faults.map(({ path }) => path.slice(0, 3)), [["reviews", "nodes", 2]]);
});

test("the other subgraph extends entities of ours", async () => {
  const { data, errors } = await routed(`{ product(slug: "komori-teapot") { title reviews { text } } }`);

  assert.equal(errors, undefined);
  assert.deepEqual(data.product, { title: teapot.title, reviews: [{ text: "Pours well." }] });
});

test("a customer is refused to a guest and shown to themselves and to staff, through the router too", async () => {
  const query = `{ reviews { nodes { author { email } } } }`;

  const guest = await routed(query);
  const own = await routed(query, as(SHOPPER_TOKEN));
  const staff = await routed(query, as(STAFF_TOKEN));

  assert.deepEqual(guest.data.reviews.nodes[0], { author: null });
  assert.deepEqual(own.data.reviews.nodes[0], { author: { email: shopper.email } });
  assert.deepEqual(staff.data.reviews.nodes[0], { author: { email: shopper.email } });
});

test("what is for staff is refused to a customer, through the router too", async () => {
  const query = `{ admin { customers(first: 1) { nodes { email } } } }`;

  const own = await routed(query, as(SHOPPER_TOKEN));
  const staff = await routed(query, as(STAFF_TOKEN));

  assert.equal(own.data?.admin ?? null, null);
  assert.deepEqual(own.errors.map(({ extensions }) => extensions.code), ["FORBIDDEN"]);
  assert.equal(staff.data.admin.customers.nodes.length, 1);
});

test("credentials that are not valid are refused by us, and told by the router", async () => {
  const { data, errors } = await routed(PRODUCT, as("nonsense"));

  assert.equal(data?.product ?? null, null);
  assert.ok(errors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED"));
});

test("a node is found through the router by whoever may see it", async () => {
  const query = `query($id: ID!) { node(id: $id) { id ... on Product { title } } }`;

  const { data, errors } = await routed(query, {}, { id: teapot.id });

  assert.equal(errors, undefined);
  assert.deepEqual(data.node, teapot);
});

test("the market of an operation reaches us through the router, by directive and by header", async () => {
  const byDirective = await routed(`query @inContext(market: "jp") { context { currency } }`);
  const byHeader = await routed(`{ context { currency } }`, { "x-market": "jp" });

  assert.deepEqual(byDirective.data, { context: { currency: "JPY" } });
  assert.deepEqual(byHeader.data, { context: { currency: "JPY" } });
});

test("a mutation runs through the router", async () => {
  const key = `router-${Date.now()}`;

  const { data, errors } = await routed(
    `mutation($key: String!) { cartCreate(input: { idempotencyKey: $key }) { cart { id } errors { code } } }`,
    {},
    { key },
  );

  assert.equal(errors, undefined);
  assert.match(data.cartCreate.cart.id, /^cart_/);
});
