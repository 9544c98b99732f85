import assert from "node:assert/strict";
import { test } from "node:test";
import postman from "postman-collection";
import type { Item } from "postman-collection";
import { stringifyJson } from "../../core/json/json.ts";
import { createDialects } from "../../dialects/list.ts";
import { toPostman } from "./postman.ts";

const DIALECTS = createDialects({
  zipwhipErrorStatus: "200",
  zipwhipUserAgent: "hookline",
});

for (const dialect of DIALECTS) {
  test(`Postman's parser finds every call of ${dialect.name}, ready to be sent`, () => {
    const { calls, schemes } = dialect.document;
    const collection = new postman.Collection(
      JSON.parse(stringifyJson(toPostman(dialect, "1.2.3"))),
    );
    const items: Item[] = [];
    collection.forEachItem((item) => items.push(item));
    assert.equal(items.length, calls.flatMap(({ methods }) => methods).length);
    assert.deepEqual(
      collection.variables.map(({ key }) => key),
      ["baseUrl", ...Object.keys(schemes)],
    );
    for (const { request, name } of items) {
      assert.equal(request.url.getHost(), "{{baseUrl}}");
      const path = `/${(request.url.path ?? []).join("/")}`;
      const call = calls.find(
        (one) => one.path === path && one.methods.some((method) => method === request.method),
      );
      assert.ok(call, `${request.method} ${path}`);
      const sent = JSON.stringify([request.auth, request.headers.all(), request.url.query.all()]);
      for (const scheme of call.security) assert.ok(sent.includes(`{{${scheme}}}`), name);
      for (const value of Object.values(call.example?.params ?? {})) {
        assert.ok(
          request.url.variables.has(value) || JSON.stringify(request.url.variables).includes(value),
          name,
        );
      }
    }
  });
}
