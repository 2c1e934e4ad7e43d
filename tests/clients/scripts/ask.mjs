// Plain requests, for what a test needs to know before a real client is put to work.

import assert from "node:assert/strict";

export const { URL: url, ROUTER_SECRET, EVENTS_KEY, SHOPPER_TOKEN, STAFF_TOKEN } = process.env;

/** The answer to an operation, as JSON. */
export async function ask(query, variables = {}, headers = {}) {
  await new Promise(setImmediate); // so that connections which the server has closed meanwhile are not used again
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
