/** The table of Svix's operations is read from its SDK and from the native API. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { listOperations, renderPage } from "../scripts/svix-coverage.ts";

/** Requests of classes that no client of the SDK offers. */
const INTERNAL = [
  "PUT /api/v1/app/{app_id}/autoconfig/{autoconfig_id}/destination",
  "PUT /api/v1/app/{app_id}/autoconfig/{autoconfig_id}/endpoint",
  "GET /api/v1/app/{app_id}/autoconfig/{autoconfig_id}",
  "PUT /api/v1/app/{app_id}/endpoint/{endpoint_id}/auto-config",
  "GET /api/v1/app/{app_id}/polling-endpoint/{sink_id}/consumer/{consumer_id}",
  "POST /api/v1/app/{app_id}/polling-endpoint/{sink_id}/consumer/{consumer_id}/commit",
];
const ROOT = join(import.meta.dirname, "..");

test("the page on compatibility shows which operations of Svix's SDK are served", () => {
  const page = readFileSync(join(ROOT, "docs/svix-compatibility.md"), "utf8");
  assert.equal(page, renderPage(page), "run `npm run docs`");
});

test("every operation of the SDK is found", () => {
  const operations = listOperations();
  const bundle = readFileSync(join(ROOT, "node_modules/svix/dist/index.mjs"), "utf8");
  const paths = new Set(
    Array.from(bundle.matchAll(/new SvixRequest\("(\w+)", "([^"]+)"/g), ([, method, path]) =>
      [method, path].join(" "),
    ),
  );
  const found = new Set(operations.map(({ method, path }) => `${method} ${path}`));
  assert.deepEqual([...paths].filter((one) => !found.has(one)).toSorted(), INTERNAL.toSorted());
  assert.ok(operations.some(({ noun, verb }) => `${noun}.${verb}` === "message.poller.poll"));
});
