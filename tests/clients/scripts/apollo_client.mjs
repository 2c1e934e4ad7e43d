// Apollo Client, with its links for HTTP, persisted queries, retries and subscriptions.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { RetryLink } from "@apollo/client/link/retry";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { as, cursorOfNow, EVENTS, EVENTS_KEY, Follower, fresh, happen, SHOPPER_TOKEN, socketUrl } from "./ask.mjs";
import { startProxy } from "./proxy.mjs";

let proxy;

before(async () => {
  proxy = await startProxy(process.env.URL);
});
after(() => proxy.stop());

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

const client = (link) => new ApolloClient({ cache: new InMemoryCache(), link });

/** A link over HTTP, and what was sent by it. */
function http(headers = {}, address = proxy.url) {
  const sent = [];
  const recording = (uri, options) => (sent.push({ uri: String(uri), ...options }), fetch(uri, options));
  return { link: new HttpLink({ uri: address, fetch: recording, headers }), sent };
}

test("it connects and queries, and keeps what it read by id", async () => {
  const { link, sent } = http();
  const query = gql`query Teapot { product(slug: "komori-teapot") { id title } }`;
  const connected = client(link);

  const first = await connected.query({ query });
  const again = await connected.query({ query });

  assert.equal(first.data.product.title, again.data.product.title);
  assert.ok(connected.cache.extract()[`Product:${first.data.product.id}`]);
  assert.equal(sent.length, 1);
});

test("it mutates, and a refusal is in the payload, not an error", async () => {
  const connected = client(http().link);
  const mutation = gql`mutation Make($key: String!, $offer: ID!) {
    cartCreate(input: { idempotencyKey: $key, lines: [{ offerId: $offer, quantity: 1 }] }) {
      cart { id }
      errors { code message path }
    }
  }`;

  const { data } = await connected.mutate({
    mutation,
    variables: { key: fresh("apollo")[0], offer: "offer_00000000000000000000000000" },
  });

  assert.equal(data.cartCreate.cart, null);
  assert.equal(data.cartCreate.errors.length, 1);
});

test("it persists a query by its hash: sent once in full, and by the hash alone from then on", async () => {
  const [name] = fresh("Persisted").map((text) => text.replaceAll(/[^A-Za-z0-9]/g, "_"));
  const query = gql(`query ${name} { context { currency } }`);
  const persisted = () => {
    const { link, sent } = http();
    const hashing = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
    return { connected: client(ApolloLink.from([hashing, link])), sent };
  };

  const first = persisted();
  const { data } = await first.connected.query({ query });
  const second = persisted();
  const again = await second.connected.query({ query });

  assert.deepEqual(data, again.data);
  assert.deepEqual(first.sent.map(({ method }) => method), ["GET", "POST"]);
  assert.deepEqual(second.sent.map(({ method }) => method), ["GET"]);
  assert.ok(!second.sent[0].uri.includes("query="));
});

test("it takes errors for what they are: a refusal by access beside what may be read", async () => {
  const connected = client(http(as(SHOPPER_TOKEN)).link);
  const query = gql`query Mixed { context { currency } admin { orders { totalCount } } }`;

  const { data, error } = await connected.query({ query, errorPolicy: "all" });

  assert.equal(data.context.currency, "USD");
  assert.ok(CombinedGraphQLErrors.is(error));
  assert.deepEqual(error.errors.map(({ extensions }) => extensions.code), ["FORBIDDEN"]);
});

test("it is told that its credentials are not valid, with the status 401", async () => {
  const connected = client(http(as("nonsense")).link);

  const { error } = await connected.query({ query: gql`query Who { context { currency } }`, errorPolicy: "all" });

  const told = JSON.stringify(error.errors ?? error.bodyText ?? error.result ?? error.message);
  assert.match(told, /UNAUTHENTICATED/);
});

test("it fails while the line is down and recovers by itself", async () => {
  const retrying = new RetryLink({ delay: { initial: 50, jitter: false, max: 100 }, attempts: { max: 100 } });
  const connected = client(ApolloLink.from([retrying, http().link]));
  proxy.isDown = true;
  proxy.cut();

  const answer = connected.query({ query: gql`query Again { context { currency } }` });
  setTimeout(() => (proxy.isDown = false), 300);

  assert.equal((await answer).data.context.currency, "USD");
});

test("it subscribes, resumes from a cursor, and misses nothing when the line is cut", async () => {
  const [earlier, before, meanwhile, afterwards] = fresh("earlier", "before", "meanwhile", "afterwards");
  const variables = { after: await cursorOfNow() };
  await happen(earlier);
  const follower = new Follower();
  const socket = createClient({
    url: socketUrl(proxy.url),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${EVENTS_KEY}` },
    retryAttempts: 100,
    shouldRetry: () => true,
    retryWait: () => new Promise((wake) => setTimeout(wake, 50)),
  });
  const connected = client(new GraphQLWsLink(socket));
  let following;
  const follow = () => {
    following?.unsubscribe();
    const after = follower.after ?? variables.after;
    following = connected
      .subscribe({ query: gql(EVENTS), variables: { after } })
      .subscribe({ next: ({ data, error }) => follower.next({ data, errors: error }) });
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
  await socket.dispose();

  assert.deepEqual(follower.names, [earlier, before, meanwhile, afterwards]);
});
