// urql, with persisted queries, and subscriptions by server-sent events and by WebSocket.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { as, cursorOfNow, EVENTS, EVENTS_KEY, Follower, fresh, happen, SHOPPER_TOKEN, socketUrl } from "./ask.mjs";
import { startProxy } from "./proxy.mjs";

let proxy;

before(async () => {
  proxy = await startProxy(process.env.URL);
});
after(() => proxy.stop());

function client(exchanges = [fetchExchange], headers = {}, options = {}) {
  const sent = [];
  const connected = new Client({
    url: proxy.url,
    exchanges,
    requestPolicy: "network-only",
    preferGetMethod: false,
    fetchOptions: { headers },
    fetch: (uri, request) => (sent.push({ uri: String(uri), ...request }), fetch(uri, request)),
    ...options,
  });
  return { connected, sent };
}

test("it connects, queries and mutates", async () => {
  const { connected } = client();

  const read = await connected.query(gql`query Currency { context { currency } }`, {});
  const written = await connected.mutation(
    gql`mutation Make($key: String!) { cartCreate(input: { idempotencyKey: $key }) { cart { id } errors { code } } }`,
    { key: fresh("urql")[0] },
  );

  assert.deepEqual([read.error, written.error], [undefined, undefined]);
  assert.equal(read.data.context.currency, "USD");
  assert.match(written.data.cartCreate.cart.id, /^cart_/);
});

test("it persists a query by its hash: sent once in full, and by the hash alone from then on", async () => {
  const [name] = fresh("Persisted").map((text) => text.replaceAll(/[^A-Za-z0-9]/g, "_"));
  const query = gql(`query ${name} { context { currency } }`);
  const persisted = () => client([persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange]);

  const first = persisted();
  const { data, error } = await first.connected.query(query, {});
  const second = persisted();
  const again = await second.connected.query(query, {});

  assert.deepEqual([error, again.error], [undefined, undefined]);
  assert.deepEqual(data, again.data);
  assert.equal(first.sent.length, 2);
  assert.deepEqual(second.sent.map(({ method }) => method), ["GET"]);
  assert.ok(!second.sent[0].uri.includes("query="));
});

test("it takes errors for what they are: a refusal by access beside what may be read", async () => {
  const { connected } = client([fetchExchange], as(SHOPPER_TOKEN));

  const { data, error } = await connected.query(gql`query Mixed { context { currency } admin { orders { totalCount } } }`, {});

  assert.equal(data.context.currency, "USD");
  assert.deepEqual(error.graphQLErrors.map(({ extensions }) => extensions.code), ["FORBIDDEN"]);
});

test("it is told that its credentials are not valid", async () => {
  const { connected } = client([fetchExchange], as("nonsense"));

  const { error, data } = await connected.query(gql`query Who { __typename }`, {});

  assert.equal(data ?? undefined, undefined);
  assert.match(error.message + JSON.stringify(error.graphQLErrors), /access token|UNAUTHENTICATED|Unauthorized/i);
});

test("it fails while the line is down, and works when asked again", async () => {
  const { connected } = client();
  const query = gql`query Again { context { currency } }`;
  proxy.isDown = true;
  proxy.cut();

  const failed = await connected.query(query, {});
  proxy.isDown = false;
  const again = await connected.query(query, {});

  assert.ok(failed.error.networkError);
  assert.equal(again.data.context.currency, "USD");
});

/** Follows the log by what `connect` makes, cuts the line, and resumes. */
async function followsAndResumes(connected) {
  const [earlier, before, meanwhile, afterwards] = fresh("earlier", "before", "meanwhile", "afterwards");
  const start = await cursorOfNow();
  await happen(earlier);
  const follower = new Follower();
  let following;
  const follow = () => {
    following?.unsubscribe();
    following = connected
      .subscription(gql(EVENTS), { after: follower.after ?? start })
      .subscribe(({ data, error }) => data?.orderEvents && !error && follower.next({ data }));
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
}

test("it subscribes by server-sent events, resumes, and misses nothing when the line is cut", async () => {
  const { connected } = client([fetchExchange], { "x-api-key": EVENTS_KEY }, { fetchSubscriptions: true });

  await followsAndResumes(connected);
});

test("it subscribes by WebSocket, resumes, and misses nothing when the line is cut", async () => {
  const socket = createClient({
    url: socketUrl(proxy.url),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${EVENTS_KEY}` },
    retryAttempts: 100,
    shouldRetry: () => true,
    retryWait: () => new Promise((wake) => setTimeout(wake, 50)),
  });
  const forward = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
  });
  const { connected } = client([subscriptionExchange({ forwardSubscription: forward }), fetchExchange]);

  await followsAndResumes(connected);
  await socket.dispose();
});
