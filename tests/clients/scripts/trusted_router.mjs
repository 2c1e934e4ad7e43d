// Apollo's gateway before a server that answers registered documents only: its query plans are none of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { ask, ROUTER_SECRET, url } from "./ask.mjs";

const SECRET = { "router-authorization": ROUTER_SECRET };
const TEAPOT = `{ product(slug: "komori-teapot") { title } }`;
const DEAR = `{ search(input: {}, first: 100) { nodes { variants(first: 100) { nodes {
  offers(first: 100) { nodes { id } } } } } } }`;

let router;

class WithSecret extends RemoteGraphQLDataSource {
  willSendRequest({ request }) {
    for (const [name, value] of Object.entries(SECRET)) request.http.headers.set(name, value);
  }
}

before(async () => {
  const gateway = new ApolloGateway({
    supergraphSdl: new IntrospectAndCompose({ subgraphs: [{ name: "commerce", url }], introspectionHeaders: SECRET }),
    buildService: (options) => new WithSecret(options),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  router = new ApolloServer({ gateway });
  await router.start();
});
after(() => router?.stop());

async function routed(query) {
  const { body } = await router.executeOperation({ query });
  return JSON.parse(JSON.stringify(body.singleResult));
}

test("a router with the secret is told the schema, and runs what it has planned", async () => {
  assert.deepEqual(await routed(TEAPOT), { data: { product: { title: "Komori Teapot" } } });
});

test("a router is held to its budget", async () => {
  const { errors } = await routed(DEAR);

  assert.deepEqual(errors.map(({ extensions }) => extensions.code), ["COST_LIMIT_EXCEEDED"]);
});

test("anybody else is refused the same documents", async () => {
  for (const headers of [{}, { "router-authorization": "a-guess-of-somebody" }]) {
    const { errors } = await ask(TEAPOT, {}, headers);

    assert.deepEqual(errors.map(({ extensions }) => extensions.code), ["DOCUMENT_NOT_TRUSTED"]);
  }
});
