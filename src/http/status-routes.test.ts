/** The server's public information about itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startNativeApi } from "../../test/harness/native-api.ts";
import { publishedEgress } from "./published-egress.ts";

const PUBLISHED =
  "203.0.113.0/28@2026-01-01,198.51.100.7@2024-03-01..2025-12-31,192.0.2.1@2027-01-01";

test("the current and retired addresses of deliveries are published, cacheable for 5 minutes", async () => {
  await using api = await startNativeApi({ HOOKLINE_EGRESS_PUBLISHED: PUBLISHED });
  const answer = await fetch(`${api.url}/egress.json`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("cache-control"), "public, max-age=300");
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(await answer.json(), {
    current: [
      { cidr: "203.0.113.0/28", since: "2026-01-01" },
      { cidr: "192.0.2.1/32", since: "2027-01-01" },
    ],
    retired: [{ cidr: "198.51.100.7/32", since: "2024-03-01", until: "2025-12-31" }],
  });
});

test("an address is current until the end of its last day, in UTC", () => {
  const [cidr, since, until] = ["198.51.100.7/32", "2024-03-01", "2025-12-31"];
  const published = [{ cidr, since, until }];
  assert.deepEqual(publishedEgress(published, Date.parse("2025-12-31T23:59:59.999Z")), {
    current: [{ cidr, since }],
    retired: [],
  });
  assert.deepEqual(publishedEgress(published, Date.parse("2026-01-01T00:00:00Z")), {
    current: [],
    retired: [{ cidr, since, until }],
  });
});

test("a server without published addresses returns empty lists, also beside an operator's listener", async () => {
  await using api = await startNativeApi({ HOOKLINE_ADMIN_LISTEN: "127.0.0.1:0" });
  const answer = await fetch(`${api.url}/egress.json`);
  assert.deepEqual(await answer.json(), { current: [], retired: [] });
});
