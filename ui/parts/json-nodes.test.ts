import assert from "node:assert/strict";
import { test } from "node:test";
import { childrenOf, kindOf, toRoot } from "./json-nodes.ts";

test("values keep every digit, and each node knows the path that filters take", () => {
  const root = toRoot(' {"id":2124650254158354360,"to":[{"x-y":1.10}],"ok":true} ');
  const [id, to, ok] = childrenOf(root);
  assert.deepEqual(id, { name: "id", text: "2124650254158354360", path: "id" });
  const [first] = to === undefined ? [] : childrenOf(to);
  assert.equal(first?.path, "to[0]");
  const [inner] = first === undefined ? [] : childrenOf(first);
  assert.deepEqual(inner, { name: "x-y", text: "1.10", path: 'to[0]."x-y"' });
  assert.deepEqual(
    [root, id, to, ok].map((node) => node && kindOf(node)),
    ["object", "number", "list", "word"],
  );
  assert.deepEqual(ok && childrenOf(ok), []);
});
