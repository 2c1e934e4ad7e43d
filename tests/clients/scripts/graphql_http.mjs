// The audits of the GraphQL over HTTP specification, by their own reference implementation.

import assert from "node:assert/strict";
import { test } from "node:test";
import { auditServer } from "graphql-http";
import { url } from "./ask.mjs";

test("all 61 audits of graphql-http pass", async () => {
  const results = await auditServer({ url, fetchFn: fetch });

  const failed = results.filter(({ status }) => status !== "ok").map(({ id, name, status, reason }) => ({ id, name, status, reason }));
  assert.deepEqual(failed, []);
  assert.equal(results.length, 61);
});
