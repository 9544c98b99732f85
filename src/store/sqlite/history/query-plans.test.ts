import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  newApp,
  newAttempt,
  newEndpoint,
  newEvent,
} from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { firstPage } from "../../../../test/contract/store/steps.ts";
import { openRecorded, slowAmong } from "../../../../test/harness/recorded-writer.ts";
import type { PublishReply } from "../accept/accept.ts";
import { READS } from "../thread/reads.ts";

describe("the statements of history", () => {
  test("search an index and sort nothing, whichever rows the tables contain (I4)", () => {
    const open = openRecorded();
    const { reader, run } = open;
    const app = newApp();
    const endpoint = newEndpoint(app.id);
    run("apps.create", { app, idempotencyKey: null });
    run("endpoints.create", { appRef: app.id, endpoint, idempotencyKey: null });
    open.listening.add("me");
    run("shards.hold", { owner: "me", atMost: 256, leaseMs: 1000 });
    const { leased } = run("accept.publish", {
      appRef: app.id,
      createApp: null,
      events: [newEvent(), newEvent()],
      onDuplicate: "refuse",
      idempotencyKey: null,
      acceptedAt: START,
    }) as PublishReply;
    const outcomes = (leased?.deliveries ?? []).map((wire) => ({
      deliveryId: wire[2],
      endpointId: wire[3],
      shard: wire[5],
      fence: wire[6],
      attempt: newAttempt({ at: START }),
      next: { state: "delivered" },
      health: null,
    }));
    run("queue.record", { outcomes, now: START });
    const [appRef, ref] = [app.id, endpoint.endpointId];
    const time = { since: START, until: START + 1 };
    const all = { appRef, endpointRef: ref, window: firstPage(), filter: time, withEvent: true };
    const attempts = READS["history.attemptsOfEndpoint"](reader, all)?.items ?? [];
    assert.equal(attempts.length, 2);
    const { id: attemptId, eventId } = attempts[0] ?? assert.fail();
    open.forgetStatements();

    for (const after of [null, eventId, "msg_x"]) {
      for (const ascending of [false, true]) {
        const window = firstPage({ after, ascending });
        READS["history.listEvents"](reader, { appRef, window, filter: time });
        READS["history.deliveriesOfEndpoint"](reader, {
          ...all,
          window,
          filter: { ...time, statuses: ["delivered"] },
        });
      }
    }
    for (const after of [null, attemptId, "atmpt_x"]) {
      const window = firstPage({ after });
      READS["history.attemptsOfEndpoint"](reader, { ...all, window });
      READS["history.attemptsOfEvent"](reader, { ...all, eventId, window });
    }
    for (const after of [null, ref]) {
      for (const ascending of [false, true]) {
        const window = firstPage({ after, ascending });
        READS["history.deliveriesOfEvent"](reader, { appRef, eventId, window });
      }
    }
    READS["history.feed"](reader, { appRef, after: eventId, limit: 9 });
    READS["history.getEvent"](reader, { appRef, ref: eventId });
    READS["history.getAttempt"](reader, { appRef, eventId, attemptId });
    READS["endpoints.stats"](reader, { appRef, ref, ...time });
    READS["endpoints.attempts"](reader, { appRef, ref, ...time });
    READS["endpoints.outlook"](reader, { appRef, ref });
    READS["endpoints.forSending"](reader, { endpointIds: [ref] });
    run("history.expungeAttempt", { appRef, eventId, attemptId });
    run("history.expungeEvent", { appRef, eventId, now: START });

    const plans = open.plans();
    open.close();
    assert.ok(plans.length > 50, `only ${plans.length} steps were looked at`);
    assert.deepEqual(slowAmong(plans), []);
  });
});
