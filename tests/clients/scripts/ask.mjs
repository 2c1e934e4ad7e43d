// Plain requests, for what a test needs to know before a real client is put to work.

import assert from "node:assert/strict";

export const { URL: url, ROUTER_SECRET, EVENTS_KEY, SHOPPER_TOKEN, STAFF_TOKEN } = process.env;

/** The answer to an operation, as JSON. */
export async function ask(query, variables = {}, headers = {}) {
  await new Promise((wake) => setTimeout(wake, 20)); // connections that the server closed meanwhile are noticed
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** The data of an answer that has no errors. */
export async function dataOf(query, variables, headers) {
  const { data, errors } = await ask(query, variables, headers);
  assert.equal(errors, undefined);
  return data;
}

export const as = (token) => ({ authorization: `Bearer ${token}` });

/** Wait until `condition()` is true; fail if it never is. */
export async function eventually(condition, what = "it", seconds = 20) {
  const until = Date.now() + seconds * 1000;
  while (!condition()) {
    assert.ok(Date.now() < until, `${what} never came true`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** The address of the same endpoint for WebSockets. */
export const socketUrl = (address = url) => address.replace("http", "ws");

/** Something that stands in the event log under `name`. */
export async function happen(name) {
  const query = `mutation($name: String!) { companyCreate(input: { name: $name }) { errors { code } } }`;
  const { companyCreate } = await dataOf(query, { name }, as(STAFF_TOKEN));
  assert.deepEqual(companyCreate.errors, []);
}

export const EVENTS = `subscription Events($after: String) {
  orderEvents(after: $after, types: [COMPANY_CHANGED]) { cursor changes }
}`;

/** Follows the log as a client should: keeps what it heard, and the cursor from which it resumes. */
export class Follower {
  names = [];
  after = undefined;

  next = ({ data, errors }) => {
    assert.equal(errors, undefined);
    this.names.push(data.orderEvents.changes.name);
    this.after = data.orderEvents.cursor;
  };

  heard = (count) => eventually(() => this.names.length >= count, `${count} events (${this.names})`);
}

/** Names that no other test uses. */
export const fresh = (...labels) => labels.map((label) => `${label} ${Date.now()} ${Math.random()}`);

/** Wait until the worker has placed all that has happened in the log. */
export async function cursorOfNow() {
  const [marker] = fresh("marker");
  await happen(marker);
  const log = `query($after: String) { events(after: $after, types: [COMPANY_CHANGED], first: 100) {
    nodes { changes } pageInfo { endCursor hasNextPage } } }`;
  let after;
  for (let look = 0; look < 500; look += 1) {
    const { events } = await dataOf(log, { after }, { "x-api-key": EVENTS_KEY });
    if (events.nodes.some(({ changes }) => changes.name === marker)) return events.pageInfo.endCursor;
    after = events.pageInfo.endCursor ?? after;
    if (!events.pageInfo.hasNextPage) await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error("the log never told of the marker");
}
