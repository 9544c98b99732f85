import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePublicUrl } from "./public-url.ts";

test("a public URL is a base for paths, so it has no query, no fragment and no closing slash", () => {
  for (const [text, value] of [
    ["", ""],
    ["https://hooks.example.com", "https://hooks.example.com"],
    ["https://Example.com:8443/hooks//", "https://example.com:8443/hooks"],
    ["http://[::1]:8080/", "http://[::1]:8080"],
  ] as const) {
    assert.deepEqual(parsePublicUrl(text), { ok: true, value });
  }
  for (const text of [
    "hooks.example.com",
    "ftp://example.com",
    "https://user:pw@example.com",
    "https://example.com/?a",
    "https://example.com/#",
    "javascript:alert(1)",
  ]) {
    assert.equal(parsePublicUrl(text).ok, false, text);
  }
});
