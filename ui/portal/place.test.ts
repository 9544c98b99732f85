import assert from "node:assert/strict";
import { test } from "node:test";
import { toPlace } from "./place.ts";

test("a link leads to the page that it names, and the look stays in the address", () => {
  assert.equal(toPlace(""), "/portal");
  assert.equal(toPlace("?next=/endpoints"), "/portal/endpoints");
  assert.equal(
    toPlace("?next=/texts%3Fnumber=7&darkMode=true"),
    "/portal/texts?number=7&darkMode=true",
  );
});

test("a link leads to no page outside of the portal", () => {
  for (const next of [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "/../dashboard",
  ]) {
    assert.equal(toPlace(`?next=${encodeURIComponent(next)}`), "/portal", next);
  }
});
