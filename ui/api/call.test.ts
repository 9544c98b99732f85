import assert from "node:assert/strict";
import { test } from "node:test";
import { toApiError } from "./api-error.ts";
import { toUrl } from "./call.ts";

test("each parameter of a path is one segment, and an empty one is refused", () => {
  const url = toUrl("/api/v1/app/{app}/msg/{msg}", { path: { app: "a/../b", msg: "m 1" } });
  assert.equal(url, "/api/v1/app/a%2F..%2Fb/msg/m%201");
  assert.throws(() => toUrl("/api/v1/app/{app}", { path: { app: "" } }), /needs app/);
});

test("a query leaves out empty values and repeats lists", () => {
  const query = { number: "+12065550188", none: undefined, empty: "", types: ["a", "b"] };
  assert.equal(toUrl("/x", { query }), "/x?number=%2B12065550188&types=a&types=b");
});

test("a refusal names its fields, and a page of a proxy is a refusal without words", () => {
  const response = new Response("", { status: 422, headers: { "x-request-id": "req_1" } });
  const text = JSON.stringify({
    code: "value_error",
    detail: [{ loc: ["body", "url"], msg: "must be https", type: "value_error.url" }],
  });
  const error = toApiError(response, text);
  assert.deepEqual(error.fields, [{ field: "url", message: "must be https" }]);
  assert.deepEqual([error.status, error.requestId], [422, "req_1"]);
  const page = toApiError(new Response("", { status: 502 }), "<html>");
  assert.deepEqual([page.code, page.detail, page.requestId], ["unknown", "", null]);
});
