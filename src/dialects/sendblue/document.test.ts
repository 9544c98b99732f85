import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { CANONICAL_TYPES } from "../../core/events/canonical-events.ts";
import { toExample, openRegister } from "../../../test/contract/decide.ts";
import { findDialectEvent } from "../../core/events/dialect-events.ts";
import { DOCUMENT } from "./document.ts";
import { render } from "./webhooks/render.ts";
import { DOCUMENTED_TYPES } from "./webhooks/webhook-types.ts";

function checkAgainst(schema: TSchema, value: unknown, name: string): void {
  const compiled = Compile(schema);
  assert.ok(compiled.Check(value), `${name}: ${JSON.stringify(compiled.Errors(value))}`);
}

test("every example of a call and of its answers matches its schema", () => {
  for (const { id, body, example, answers } of DOCUMENT.calls) {
    if (body !== undefined) checkAgainst(body.schema, example?.body, id);
    for (const answer of Object.values(answers)) {
      checkAgainst(answer.schema as TSchema, answer.example, id);
    }
  }
  checkAgainst(DOCUMENT.refusal.schema, DOCUMENT.refusal.example, "refusal");
});

test("every type that document 003 names is documented", () => {
  assert.deepEqual(DOCUMENT.webhooks.map(({ name }) => name).sort(), [...DOCUMENTED_TYPES]);
});

describe("the documentation matches the deliveries:", () => {
  for (const type of CANONICAL_TYPES) {
    const { snapshot } = openRegister().accept(toExample(type));
    const event = findDialectEvent("sendblue", snapshot);
    if (event === null) continue;
    test(`${type} as ${event}`, () => {
      const webhook = DOCUMENT.webhooks.find(({ name }) => name === event);
      assert.ok(webhook !== undefined);
      const sent = JSON.parse(render(snapshot, null, 0).body ?? "") as object;
      const example = JSON.parse(webhook.example) as object;
      checkAgainst(webhook.body, sent, "sent");
      checkAgainst(webhook.body, example, "example");
      const always = Object.keys(sent).filter((key) => key !== "assigned_to" && key !== "reason");
      assert.deepEqual(Object.keys(example), always);
    });
  }
});
