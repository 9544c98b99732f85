import assert from "node:assert/strict";
import { test } from "node:test";
import { findField, parseFieldPath } from "./find-field.ts";

const PAYLOAD = `{"id": 9223372036854775807, "message": {"from": "+1\\u0032065550188", "media": [{"url": "a"}, {"url": "b"}], "0": "zero"},
  "ok": true, "none": null, "rate": 1.50}`;

test("a value is found by names and positions, with every digit of a number", () => {
  const find = (path: string) => findField(PAYLOAD, parseFieldPath(path) ?? []);
  assert.equal(find("id"), "9223372036854775807");
  assert.equal(find("rate"), "1.50");
  assert.equal(find("message.from"), "+12065550188");
  assert.equal(find("message.media.1.url"), "b");
  assert.equal(find("message.0"), "zero");
  assert.equal(find("ok"), "true");
  assert.equal(find("none"), "null");
});

test("a path that leads nowhere has no value", () => {
  for (const path of [
    "text",
    "message.text",
    "message.media.2",
    "id.x",
    "message.media.01",
    "__proto__",
  ]) {
    assert.equal(findField(PAYLOAD, path.split(".")), undefined, path);
  }
  assert.equal(findField("not JSON", ["a"]), undefined);
  assert.equal(parseFieldPath("a..b"), null);
  assert.equal(parseFieldPath(""), null);
});
