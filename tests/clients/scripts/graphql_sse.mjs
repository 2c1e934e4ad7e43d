// graphql-sse: the reference client of GraphQL over server-sent events, with a connection for each operation.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "graphql-sse";
import { cursorOfNow, EVENTS, EVENTS_KEY, Follower, fresh, happen } from "./ask.mjs";
import { startProxy } from "./proxy.mjs";

let proxy;

before(async () => {
  proxy = await startProxy(process.env.URL);
});
after(() => proxy.stop());

const client = (options = {}) =>
  createClient({
    url: proxy.url,
    headers: { "x-api-key": EVENTS_KEY },
    retry: () => new Promise((wake) => setTimeout(wake, 50)),
    ...options,
  });

const answers = async (connected, payload) => {
  const found = [];
  await new Promise((complete, error) => connected.subscribe(payload, { next: (value) => found.push(value), error, complete }));
  return found;
};

test("it connects, queries and mutates, each with one event", async () => {
  const connected = client();

  const read = await answers(connected, { query: "{ context { currency } }" });
  const written = await answers(connected, {
    query: "mutation($key: String!) { cartCreate(input: { idempotencyKey: $key }) { cart { id } } }",
    variables: { key: fresh("sse")[0] },
  });
  connected.dispose();

  assert.deepEqual(read, [{ data: { context: { currency: "USD" } } }]);
  assert.match(written[0].data.cartCreate.cart.id, /^cart_/);
});

test("it follows the log and resumes from a cursor", async () => {
  const [one, two, three] = fresh("one", "two", "three");
  const from = await cursorOfNow();
  await happen(one);
  const follower = new Follower();
  const connected = client();

  connected.subscribe({ query: EVENTS, variables: { after: from } }, { ...follower, error: assert.fail, complete() {} });
  await follower.heard(1);
  await happen(two);
  await happen(three);
  await follower.heard(3);
  connected.dispose();

  assert.deepEqual(follower.names, [one, two, three]);
});

test("it recovers when the line is cut, and what happened meanwhile is told once", async () => {
  const [before, meanwhile, afterwards] = fresh("before", "meanwhile", "afterwards");
  const follower = new Follower();
  const variables = { after: await cursorOfNow() };
  const connected = client({
    retryAttempts: 100,
    retry: async () => {
      variables.after = follower.after ?? variables.after;
      await new Promise((wake) => setTimeout(wake, 50));
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
  connected.dispose();

  assert.deepEqual(follower.names, [before, meanwhile, afterwards]);
});

test("a refused document is told as an event with errors", async () => {
  const connected = client();

  const refused = await answers(connected, { query: "{ nothing }" });
  const forbidden = await answers(connected, { query: "{ admin { orders { totalCount } } }" });
  connected.dispose();

  assert.deepEqual(refused[0].errors.map(({ extensions }) => extensions.code), ["GRAPHQL_VALIDATION_FAILED"]);
  assert.deepEqual(forbidden[0].errors.map(({ extensions }) => extensions.code), ["FORBIDDEN"]);
});

test("credentials that are not valid are told as an event with errors", async () => {
  const connected = client({ headers: { authorization: "Bearer nonsense" }, retryAttempts: 0 });

  const [refused] = await answers(connected, { query: "{ __typename }" });
  connected.dispose();

  assert.deepEqual(refused.errors.map(({ extensions }) => extensions.code), ["UNAUTHENTICATED"]);
});
