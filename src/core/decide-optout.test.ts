import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AT,
  CONTACT,
  toEvent,
  LINE,
  openRegister,
  received,
  sent,
} from "../../test/contract/decide.ts";

function optOut(type: "STOP" | "UNSTOP", messageId?: string) {
  const payload = { line: LINE, contact: CONTACT, type };
  return toEvent("optout.changed", messageId === undefined ? payload : { ...payload, messageId });
}

function optOutsDelivered(app: ReturnType<typeof openRegister>): number {
  return app.deliveredTypes().filter((type) => type === "optout.changed").length;
}

const CONVERSATION = `${LINE} ${CONTACT}`;

test("a STOP text opts its conversation out and derives optout.changed", () => {
  const app = openRegister();
  const parent = received("in-1", "Stop");
  const { snapshot, derived } = app.accept(parent);
  assert.equal(snapshot.conversation?.optedOut, true);
  const [, child] = derived;
  assert.equal(child?.type, "optout.changed");
  assert.equal(child?.derivedFrom, parent.id);
  assert.deepEqual(JSON.parse(child?.payloadText ?? ""), {
    line: LINE,
    contact: CONTACT,
    type: "STOP",
    messageId: "in-1",
    text: "Stop",
    occurredAt: new Date(AT).toISOString(),
  });
  assert.equal(optOutsDelivered(app), 1);
  app.accept(received("in-2", "unstop"));
  assert.equal(app.conversations.get(CONVERSATION)?.optedOut, false);
  assert.equal(optOutsDelivered(app), 2);
});

test("every STOP text is delivered as an opt-out, also the second in a row", () => {
  const app = openRegister();
  app.accept(received("in-1", "STOP"));
  app.accept(received("in-2", "STOP"));
  assert.equal(optOutsDelivered(app), 2);
});

test("the snapshot of an opt-out contains the text that requested it", () => {
  const app = openRegister();
  const text = app.accept(received("in-1", "STOP", { derive: false })).snapshot;
  const { snapshot, change } = app.accept(optOut("STOP", "in-1"));
  assert.equal(snapshot.message, text.message);
  assert.equal(snapshot.conversation?.fingerprint, text.conversation?.fingerprint);
  assert.equal(change.conversation?.optedOut, true);
  assert.equal(change.message, null);
});

test("an outbound STOP, or a STOP among other words, opts no contact out", () => {
  const app = openRegister();
  const message = { id: "out-1", channel: "sms", from: LINE, to: CONTACT, text: "STOP" };
  app.accept(toEvent("message.sent", { message }));
  app.accept(received("in-1", "please do not stop"));
  assert.equal(optOutsDelivered(app), 0);
});

test("an explicit opt-out after the derived one changes nothing and is not delivered", () => {
  const app = openRegister();
  app.accept(received("in-1", "STOP"));
  app.accept(received("in-2", "UNSTOP"));
  const { tags, deliveries, change } = app.accept(optOut("STOP", "in-1"));
  assert.deepEqual(tags, ["hookline:repeat"]);
  assert.deepEqual(deliveries, []);
  assert.equal(change.conversation, null);
  assert.equal(app.conversations.get(CONVERSATION)?.optedOut, false);
  assert.equal(optOutsDelivered(app), 2);
});

test("an explicit opt-out before its text, or in the same request, prevents the derived one", () => {
  const before = openRegister();
  before.accept(optOut("STOP", "in-1"));
  before.accept(received("in-1", "STOP"));
  assert.equal(optOutsDelivered(before), 1);
  assert.equal(before.conversations.get(CONVERSATION)?.optedOut, true);

  const together = openRegister();
  together.explicitOptOuts.add("in-1");
  together.accept(received("in-1", "STOP"));
  together.accept(optOut("STOP", "in-1"));
  assert.equal(optOutsDelivered(together), 1);
  assert.equal(together.conversations.get(CONVERSATION)?.optedOut, true);
});

test("an explicit opt-out for a text published with derive: false is delivered", () => {
  const app = openRegister();
  app.accept(received("in-1", "STOP", { derive: false }));
  assert.deepEqual(app.accept(optOut("STOP", "in-1")).tags, []);
  assert.equal(optOutsDelivered(app), 1);
});

test("an explicit opt-out that contradicts the derived one is delivered", () => {
  const app = openRegister();
  app.accept(received("in-1", "STOP"));
  app.accept(optOut("UNSTOP", "in-1"));
  assert.equal(app.conversations.get(CONVERSATION)?.optedOut, false);
  assert.equal(optOutsDelivered(app), 2);
});

test("an explicit opt-out that names no message, or an unknown one, is always delivered", () => {
  const app = openRegister();
  app.accept(received("in-1", "STOP"));
  app.accept(optOut("STOP"));
  app.accept(optOut("STOP", "elsewhere"));
  assert.equal(optOutsDelivered(app), 3);
});

test("an opt-out of one line does not affect another line", () => {
  const app = openRegister();
  app.accept(received("in-1", "STOP"));
  const other = { id: "in-2", channel: "sms", from: CONTACT, to: "74141", text: "Hello" };
  const { snapshot } = app.accept(toEvent("message.received", { message: other }));
  assert.equal(snapshot.conversation?.optedOut, false);
  assert.equal(app.accept(sent("out-1")).snapshot.conversation?.optedOut, true);
});

test("a derived opt-out is delivered even where the store has already recorded it", () => {
  const app = openRegister();
  app.derivedOptOuts.add("in-1");
  app.accept(received("in-1", "STOP"));
  assert.equal(optOutsDelivered(app), 1);
});
