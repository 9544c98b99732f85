import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { limitsPage } from "./list-limits.ts";

test("docs/limits.md is the output of `npm run docs` for the limits", () => {
  const page = readFileSync(new URL("../../docs/limits.md", import.meta.url), "utf8");
  assert.equal(page, limitsPage());
});
