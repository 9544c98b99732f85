import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CANONICAL_TYPES } from "../core/events/canonical-events.ts";
import { eventsPage } from "./list-events.ts";

test("docs/events.md is the output of `npm run docs` for the catalogue", () => {
  const page = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
  assert.equal(page, eventsPage());
});

test("the page has a section for every type, and a type and a meaning for every field", () => {
  const lines = eventsPage().split("\n");
  assert.deepEqual(
    lines.filter((line) => line.startsWith("## ")).map((line) => line.slice(3)),
    [...CANONICAL_TYPES],
  );
  const fields = lines.filter((line) => /^\| `[\w.[\]]+` \|/.test(line));
  assert.ok(fields.length > CANONICAL_TYPES.length);
  for (const field of fields) {
    const cells = field.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, ""));
    assert.equal(cells.length, 4, field);
    assert.ok(
      cells.every((cell) => cell !== "" && cell !== "any"),
      field,
    );
  }
});
