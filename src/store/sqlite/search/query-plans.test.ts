import assert from "node:assert/strict";
import { test } from "node:test";
import { newApp, newEndpoint, receivedText } from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { firstPage } from "../../../../test/contract/store/steps.ts";
import { openRecorded, slowAmong } from "../../../../test/harness/recorded-writer.ts";
import type { EventSearch } from "../../interface/history.ts";
import { sealEvents } from "../../search/seal.ts";
import { unsealedSeconds } from "../../search/unsealed.ts";
import { now, runNow } from "../session.ts";
import { READS } from "../thread/reads.ts";

const SEALED = 3;

test("a search and its index are searched by indexes, and sort nothing, whichever rows exist (I4)", () => {
  const open = openRecorded();
  const { reader, run } = open;
  const app = newApp();
  const appRef = app.id;
  const endpoint = newEndpoint(appRef);
  run("apps.create", { app, idempotencyKey: null });
  run("endpoints.create", { appRef, endpoint, idempotencyKey: null });
  const publish = { appRef, createApp: null, onDuplicate: "refuse", idempotencyKey: null };
  for (let i = 0; i < 5; i++) {
    const events = [receivedText({ id: `m${i}`, from: "+12065550101", text: "Hello" })];
    run("accept.publish", { ...publish, events, acceptedAt: START });
  }
  open.forgetStatements();

  const session = { ...open.recorded.session, sealable: () => now(() => SEALED + 1) };
  const cx = { now: START, dedupeWindowMs: 0, horizon: 0 };
  assert.equal(runNow(sealEvents(session, cx, 10)), SEALED);
  assert.equal(runNow(unsealedSeconds(open.recorded.session)), 0);
  const number = "+12065550101";
  const asked: EventSearch[] = [
    { number },
    { number, messageId: "m1" },
    { contains: "hello", field: { path: ["message", "text"], value: "Hello" } },
    { number, endpointRef: endpoint.endpointId, marks: ["waiting"] },
    { marks: ["waiting"] },
  ];
  const found = asked.map((search) => {
    const pages = [false, true].map((ascending) => {
      const p = {
        appRef,
        window: firstPage({ ascending }),
        filter: { since: 1 },
        search,
        withMarks: true,
        now: START,
      };
      return READS["history.searchEvents"](reader, p)?.items.length;
    });
    assert.equal(pages[0], pages[1]);
    return pages[0];
  });
  assert.ok(
    found.every((count) => count !== 0),
    String(found),
  );
  const [event] =
    READS["history.listEvents"](reader, {
      appRef,
      window: firstPage({ ascending: true }),
      filter: {},
    })?.items ?? [];
  run("history.expungeEvent", { appRef, eventId: event?.id, now: START });

  const plans = open.plans();
  open.close();
  assert.ok(plans.length > 20, `only ${plans.length} steps were looked at`);
  assert.deepEqual(slowAmong(plans), []);
});
