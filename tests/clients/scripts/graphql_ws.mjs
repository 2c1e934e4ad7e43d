// graphql-ws: the reference client of graphql-transport-ws.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { as, cursorOfNow, dataOf, eventually, EVENTS, EVENTS_KEY, Follower, fresh, happen, socketUrl } from "./ask.mjs";
import { startProxy } from "./proxy.mjs";

const PROTOCOL = "graphql-transport-ws";
const KEY = { Authorization: `Bearer ${EVENTS_KEY}` };

let proxy;

before(async () => {
  proxy = await startProxy(process.env.URL);
});
after(() => proxy.stop());

const client = (options = {}) =>
  createClient({
    url: socketUrl(proxy.url),
    webSocketImpl: WebSocket,
    connectionParams: KEY,
    retryWait: () => new Promise((wake) => setTimeout(wake, 50)),
    ...options,
  });

/** The one answer to an operation. */
const answer = (connected, payload) =>
  new Promise((resolve, reject) => {
    let result;
    connected.subscribe(payload, { next: (value) => (result = value), error: reject, complete: () => resolve(result) });
  });

/** A bare socket: `closed` is what it is closed with, after `messages` were sent. */
async function closedAfter(messages) {
  const socket = new WebSocket(socketUrl(), PROTOCOL);
  const closed = new Promise((resolve) => socket.on("close", (code, reason) => resolve({ code, reason: `${reason}` })));
  await new Promise((open) => socket.once("open", open));
  for (const message of messages) socket.send(typeof message === "string" ? message : JSON.stringify(message));
  return closed;
}

const INIT = { type: "connection_init" };
const subscribe = (id) => ({
  id,
  type: "subscribe",
  payload: { query: EVENTS, extensions: {} },
});

test("it connects, queries and mutates", async () => {
  const connected = client();

  const read = await answer(connected, { query: "{ context { currency } }" });
  const written = await answer(connected, {
    query: "mutation($key: String!) { cartCreate(input: { idempotencyKey: $key }) { cart { id } } }",
    variables: { key: fresh("ws")[0] },
  });
  await connected.dispose();

  assert.deepEqual(read, { data: { context: { currency: "USD" } } });
  assert.match(written.data.cartCreate.cart.id, /^cart_/);
});

test("it follows the log, and ends one operation without the other", async () => {
  const [first, second] = fresh("first", "second");
  const from = await cursorOfNow();
  const connected = client();
  const [kept, ended] = [new Follower(), new Follower()];

  connected.subscribe({ query: EVENTS, variables: { after: from } }, { ...kept, error: assert.fail, complete() {} });
  const end = connected.subscribe({ query: EVENTS, variables: { after: from } }, { ...ended, error: assert.fail, complete() {} });
  await happen(first);
  await Promise.all([kept.heard(1), ended.heard(1)]);
  end();
  await happen(second);
  await kept.heard(2);
  await connected.dispose();

  assert.deepEqual(kept.names, [first, second]);
  assert.deepEqual(ended.names, [first]);
});

test("it resumes from a cursor and misses nothing", async () => {
  const [one, two, three] = fresh("one", "two", "three");
  const from = await cursorOfNow();
  await happen(one);
  await happen(two);
  const follower = new Follower();
  const connected = client();

  connected.subscribe({ query: EVENTS, variables: { after: from } }, { ...follower, error: assert.fail, complete() {} });
  await follower.heard(2);
  await happen(three);
  await follower.heard(3);
  await connected.dispose();

  assert.deepEqual(follower.names, [one, two, three]);
});

test("it recovers when the line is cut, and what happened meanwhile is told once", async () => {
  const [before, meanwhile, afterwards] = fresh("before", "meanwhile", "afterwards");
  const follower = new Follower();
  const variables = { after: await cursorOfNow() };
  let sockets = 0;
  const connected = client({
    retryAttempts: 100,
    shouldRetry: () => true,
    on: {
      connected: () => (sockets += 1),
      closed: () => (variables.after = follower.after ?? variables.after),
    },
  });

  connected.subscribe({ query: EVENTS, variables }, { ...follower, error: assert.fail, complete() {} });
  await happen(before);
  await follower.heard(1);
  proxy.isDown = true;
  proxy.cut();
  await happen(meanwhile);
  proxy.isDown = false;
  await follower.heard(2);
  await happen(afterwards);
  await follower.heard(3);
  await connected.dispose();

  assert.deepEqual(follower.names, [before, meanwhile, afterwards]);
  assert.equal(sockets, 2);
});

test("an operation that is refused leaves the socket open for others", async () => {
  const connected = client({ lazy: false });

  const refused = await answer(connected, { query: "{ nothing }" }).catch((errors) => errors);
  const forbidden = await answer(connected, { query: "{ admin { orders { totalCount } } }" });
  const good = await answer(connected, { query: "{ __typename }" });
  await connected.dispose();

  assert.deepEqual(refused.map(({ extensions }) => extensions.code), ["GRAPHQL_VALIDATION_FAILED"]);
  assert.deepEqual(forbidden.errors.map(({ extensions }) => extensions.code), ["FORBIDDEN"]);
  assert.deepEqual(good, { data: { __typename: "Query" } });
});

test("credentials that are not valid are closed with 4403, which the client tells when it has tried enough", async () => {
  const connected = client({ connectionParams: { Authorization: "Bearer nonsense" }, retryAttempts: 3 });

  const closed = await answer(connected, { query: "{ __typename }" }).catch((event) => event);

  assert.equal(closed.code, 4403);
});

test("a session that ends is closed with 4403, and with fresh credentials the client misses nothing", async () => {
  const [before, meanwhile] = fresh("before", "meanwhile");
  const { STAFF_EMAIL: email, PASSWORD: password } = process.env;
  const signIn = async () => {
    const query = "mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }";
    return (await dataOf(query, { input: { email, password } })).signIn.accessToken;
  };
  let token = await signIn();
  const [follower, codes] = [new Follower(), []];
  const variables = { after: await cursorOfNow() };
  const connected = client({
    connectionParams: async () => {
      if (codes.at(-1) === 4403) token = await signIn();
      return { Authorization: `Bearer ${token}` };
    },
    on: { closed: ({ code }) => (codes.push(code), (variables.after = follower.after ?? variables.after)) },
  });

  connected.subscribe({ query: EVENTS, variables }, { ...follower, error: assert.fail, complete() {} });
  await happen(before);
  await follower.heard(1);
  await dataOf("mutation { signOut(input: {}) { errors { code } } }", {}, as(token));
  await eventually(() => codes.length === 1, "the end of the session");
  await happen(meanwhile);
  await follower.heard(2);
  await connected.dispose();

  assert.deepEqual(follower.names, [before, meanwhile]);
  assert.equal(codes[0], 4403);
});

test("what breaks the protocol is closed with the code that it names", async () => {
  const codes = {
    badJson: await closedAfter(["{"]),
    unknownType: await closedAfter([{ type: "start" }]),
    twice: await closedAfter([INIT, INIT]),
    early: await closedAfter([subscribe("1")]),
    sameId: await closedAfter([{ ...INIT, payload: KEY }, subscribe("1"), subscribe("1")]),
  };

  assert.deepEqual(
    Object.fromEntries(Object.entries(codes).map(([name, { code }]) => [name, code])),
    { badJson: 4400, unknownType: 4400, twice: 4429, early: 4401, sameId: 4409 },
  );
});

test("a page of another origin gets no socket, and one of ours does", async () => {
  const opened = (origin) =>
    new Promise((resolve) => {
      const socket = new WebSocket(socketUrl(), PROTOCOL, { origin });
      socket.on("open", () => (socket.close(), resolve(true)));
      socket.on("error", () => resolve(false));
    });

  assert.equal(await opened("https://elsewhere.example"), false);
  assert.equal(await opened(new URL(process.env.URL).origin), true);
});

test("it answers pings, and pings are answered", async () => {
  let pongs = 0;
  const connected = client({ keepAlive: 100, lazy: false, on: { pong: () => (pongs += 1) } });

  await eventually(() => pongs >= 2, "two pongs");
  await connected.dispose();
});
