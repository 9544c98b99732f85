import assert from "node:assert/strict";
import { test } from "node:test";
import { createPathMethods } from "./path-methods.ts";

test("the methods of a path are those of every route that matches it", () => {
  const methods = createPathMethods();
  methods.add("/api/v1/app", ["GET"]);
  methods.add("/api/v1/app/", ["POST"]);
  methods.add("/api/v1/app/:app/msg", ["POST"]);
  assert.deepEqual(methods.of("/api/v1/app"), ["GET", "OPTIONS", "POST"]);
  assert.deepEqual(methods.of("/api/v1/app/"), ["GET", "OPTIONS", "POST"]);
  assert.deepEqual(methods.of("/api/v1/app/a.b/msg"), ["OPTIONS", "POST"]);
  assert.deepEqual(methods.of("/api/v1/app//msg"), []);
  assert.deepEqual(methods.of("/api/v1/apps"), []);
});
