import assert from "node:assert/strict";
import { test } from "node:test";
import {
  newApp,
  newAttempt,
  newEndpoint,
  receivedText,
} from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { firstPage } from "../../../../test/contract/store/steps.ts";
import { openRecorded, slowAmong } from "../../../../test/harness/recorded-writer.ts";
import type { PublishReply } from "../accept/accept.ts";
import { READS } from "../thread/reads.ts";

test("lists of texts and one text search an index and sort nothing (I4)", () => {
  const open = openRecorded();
  const { reader, run } = open;
  const app = newApp();
  const appRef = app.id;
  const endpoint = newEndpoint(appRef);
  run("apps.create", { app, idempotencyKey: null });
  run("endpoints.create", { appRef, endpoint, idempotencyKey: null });
  open.listening.add("me");
  run("shards.hold", { owner: "me", atMost: 256, leaseMs: 1000 });
  const { leased } = run("accept.publish", {
    appRef,
    createApp: null,
    events: [receivedText({ id: "in" }), receivedText({ id: "blank" })],
    onDuplicate: "refuse",
    idempotencyKey: null,
    acceptedAt: START,
  }) as PublishReply;
  const breaker = { openedAt: START, probeAt: START, step: 0, failedAt: START };
  const outcomes = (leased?.deliveries ?? []).map((wire) => ({
    deliveryId: wire[2],
    endpointId: wire[3],
    shard: wire[5],
    fence: wire[6],
    attempt: newAttempt({ at: START }),
    next: { state: "pending", slot: 2, dueAt: START },
    health: null,
    breaker,
  }));
  run("queue.record", { outcomes, now: START });
  const blank = READS["texts.find"](reader, { appRef, ref: "blank", now: START });
  assert.ok(blank !== null && "text" in blank);
  const { eventId } = blank.text;
  run("history.expungeEvent", { appRef, eventId, now: START });
  open.forgetStatements();

  for (const after of [null, eventId, "msg_x"]) {
    for (const backward of [false, true]) {
      const window = firstPage({ after, backward });
      const filter = { marks: ["waiting"], since: START } as const;
      READS["texts.list"](reader, { appRef, window, filter, now: START });
      const ofOne = { ...filter, endpointRef: endpoint.endpointId };
      READS["texts.list"](reader, { appRef, window, filter: ofOne, now: START });
      const ofNumber = { ...filter, number: "+12065550101" };
      READS["texts.list"](reader, { appRef, window, filter: ofNumber, now: START });
    }
  }
  const found = READS["texts.find"](reader, { appRef, ref: "in", now: START });
  assert.ok(found !== null && "text" in found);
  const { snowflake, handle, ksuid } = found.text.message;
  for (const ref of [`${snowflake}`, handle, ksuid, eventId, "unknown"]) {
    READS["texts.find"](reader, { appRef, ref, now: START });
  }
  const delivery = { appRef, eventId: found.text.eventId, endpointRef: endpoint.endpointId };
  assert.ok(READS["history.deliveryContent"](reader, { ...delivery, part: null }) !== null);
  const { eventId: ref } = delivery;
  const content = READS["history.eventContent"](reader, { appRef, ref });
  const [derived] = content?.derived ?? [];
  assert.ok(READS["history.eventContent"](reader, { appRef, ref: derived?.id ?? "" }) !== null);
  // Whether a window has a row at all is read without an index, and so is the log of the windows, which has a bound.
  const plans = open
    .plans()
    .filter(
      ({ text }) => !/^SELECT 1 FROM window\d LIMIT 1$|^SELECT ids FROM windowLog /.test(text),
    );
  open.close();
  assert.ok(plans.length > 20, `only ${plans.length} steps were looked at`);
  assert.deepEqual(slowAmong(plans), []);
  // The events of an application are far more than those with these ids.
  const byIds = plans.filter(({ text }) => text.includes("WHERE id IN (SELECT value"));
  assert.deepEqual(
    byIds.map(({ step }) => step).filter((step) => step.includes("event_app")),
    [],
  );
  assert.ok(byIds.some(({ step }) => step.includes("sqlite_autoindex_event_1")));
});
