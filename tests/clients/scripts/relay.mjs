// Relay's network layer: requests by the hash of their text, and subscriptions as its observables.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { createClient } from "graphql-ws";
import { Environment, Network, Observable, RecordSource, Store } from "relay-runtime";
import WebSocket from "ws";
import { cursorOfNow, EVENTS, EVENTS_KEY, Follower, fresh, happen, socketUrl } from "./ask.mjs";
import { startProxy } from "./proxy.mjs";

let proxy;
let socket;
let sent = [];

before(async () => {
  proxy = await startProxy(process.env.URL);
  socket = createClient({
    url: socketUrl(proxy.url),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${EVENTS_KEY}` },
    retryAttempts: 100,
    shouldRetry: () => true,
    retryWait: () => new Promise((wake) => setTimeout(wake, 50)),
  });
});
after(async () => {
  await socket.dispose();
  await proxy.stop();
});

/** What the compiler writes of a document, whose hash is its id. */
const request = (text, name, operationKind = "query") => ({
  id: createHash("sha256").update(text).digest("hex"),
  cacheID: name,
  metadata: {},
  name,
  operationKind,
  text,
});

async function post(body) {
  sent.push(body);
  const response = await fetch(proxy.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** Asks by the hash, and in full where the server does not know it. */
async function fetchFunction({ id, text }, variables) {
  const extensions = { persistedQuery: { version: 1, sha256Hash: id } };
  const answer = await post({ variables, extensions });
  const isUnknown = answer.errors?.some(({ extensions }) => extensions.code === "PERSISTED_QUERY_NOT_FOUND");
  return isUnknown ? post({ query: text, variables, extensions }) : answer;
}

const subscribeFunction = ({ text }, variables) =>
  Observable.create((sink) => socket.subscribe({ query: text, variables }, sink));

const environment = () =>
  new Environment({ network: Network.create(fetchFunction, subscribeFunction), store: new Store(new RecordSource()) });

const execute = (operation, variables = {}) =>
  environment().getNetwork().execute(operation, variables, { force: true }).toPromise();

test("it connects, queries by connection, and finds a node again by its id", async () => {
  const list = request(
    `query List($first: Int) { search(input: {}, first: $first) {
      edges { cursor node { __typename ... on Node { id } } } pageInfo { hasNextPage endCursor } } }`,
    "List",
  );
  const refetch = request("query Refetch($id: ID!) { node(id: $id) { __typename id } }", "Refetch");

  const { data } = await execute(list, { first: 2 });
  const [{ node }] = data.search.edges;
  const again = await execute(refetch, { id: node.id });

  assert.equal(data.search.edges.length, 2);
  assert.equal(data.search.pageInfo.endCursor, data.search.edges[1].cursor);
  assert.deepEqual(again.data.node, node);
});

test("it persists a request: sent once in full, and by its hash alone from then on", async () => {
  const [name] = fresh("Persisted").map((text) => text.replaceAll(/[^A-Za-z0-9]/g, "_"));
  const operation = request(`query ${name} { context { currency } }`, name);
  sent = [];

  const first = await execute(operation);
  const again = await execute(operation);

  assert.deepEqual(first.data, again.data);
  assert.deepEqual(sent.map(({ query }) => query !== undefined), [false, true, false]);
});

test("it mutates by its hash too", async () => {
  const operation = request(
    "mutation Make($key: String!) { cartCreate(input: { idempotencyKey: $key }) { cart { id } errors { code } } }",
    "Make",
    "mutation",
  );

  const { data } = await execute(operation, { key: fresh("relay")[0] });

  assert.match(data.cartCreate.cart.id, /^cart_/);
});

test("it fails while the line is down, and works when asked again", async () => {
  const operation = request("query Again { context { currency } }", "Again");
  proxy.isDown = true;
  proxy.cut();

  await assert.rejects(execute(operation), /fetch failed/);
  proxy.isDown = false;

  assert.equal((await execute(operation)).data.context.currency, "USD");
});

test("it subscribes, resumes from a cursor, and misses nothing when the line is cut", async () => {
  const [earlier, before, meanwhile, afterwards] = fresh("earlier", "before", "meanwhile", "afterwards");
  const start = await cursorOfNow();
  await happen(earlier);
  const follower = new Follower();
  const network = environment().getNetwork();
  let following;
  const follow = () => {
    following?.unsubscribe();
    following = network
      .execute(request(EVENTS, "Events", "subscription"), { after: follower.after ?? start }, {})
      .subscribe({ next: follower.next });
  };

  follow();
  await follower.heard(1);
  await happen(before);
  await follower.heard(2);
  proxy.isDown = true;
  proxy.cut();
  await happen(meanwhile);
  proxy.isDown = false;
  follow();
  await follower.heard(3);
  await happen(afterwards);
  await follower.heard(4);
  following.unsubscribe();

  assert.deepEqual(follower.names, [earlier, before, meanwhile, afterwards]);
});
