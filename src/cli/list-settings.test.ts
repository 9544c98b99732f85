import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { settingsTable } from "./list-settings.ts";

test("docs/config.md is the output of `npm run docs` for the table of settings", () => {
  const page = readFileSync(new URL("../../docs/config.md", import.meta.url), "utf8");
  assert.equal(page, settingsTable());
});
