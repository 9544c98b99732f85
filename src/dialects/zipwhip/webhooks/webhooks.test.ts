import assert from "node:assert/strict";
import { test } from "node:test";
import { openRegister, received } from "../../../../test/contract/decide.ts";
import { checkWith } from "../../check-schema.ts";
import { MESSAGE_SCHEMAS } from "./message-schema.ts";
import { messageText } from "./message-body.ts";
import { WEBHOOKS } from "./webhooks.ts";

test("the six pairs of document 002 are documented, each with an example that matches its schema", () => {
  const names = WEBHOOKS.map(({ name }) => name);
  const messages = ["receive", "send", "progress", "read", "delete"];
  assert.deepEqual(names, [...messages.map((event) => `message/${event}`), "optout/change"]);
  for (const { body, example } of WEBHOOKS) checkWith(body)(JSON.parse(example));
});

test("a webhook matches the schema of its generation, and not the key order of the other", () => {
  const { snapshot } = openRegister().accept(received("a"));
  assert.ok(snapshot.message !== null);
  const { message } = snapshot;
  for (const generation of ["2020", "2015"] as const) {
    const schema = MESSAGE_SCHEMAS[generation];
    const body = JSON.parse(messageText({ ...snapshot, message }, generation)) as object;
    checkWith(schema)(body);
    assert.deepEqual(Object.keys(body), Object.keys((schema as { properties: object }).properties));
    assert.throws(() => checkWith(schema)({ ...body, id: "1" }));
    assert.throws(() => checkWith(schema)({ ...body, statusCode: 3 }));
  }
});
