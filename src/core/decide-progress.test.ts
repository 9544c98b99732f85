import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../test/harness/property.ts";
import {
  CONTACT,
  toEndpoint,
  LINE,
  openRegister,
  progress,
  sent,
} from "../../test/contract/decide.ts";
import { MESSAGE_STATUSES } from "./messages/message-status.ts";
import type { MessageStatus } from "./messages/message-status.ts";

const STATUSES = Object.keys(MESSAGE_STATUSES) as MessageStatus[];
const toRank = (status: MessageStatus | null | undefined) =>
  status === null || status === undefined ? 0 : MESSAGE_STATUSES[status].rank;
/** Enough fields to create the message when no earlier event created it. */
const WHOLE = { channel: "sms", from: LINE, to: CONTACT };

test("in any order of progress reports, no status steps back and only a step up is delivered", () => {
  const report = fc.record({
    id: fc.constantFrom("out-1", "out-2"),
    status: fc.constantFrom(...STATUSES),
  });
  fc.assert(
    fc.property(fc.array(report, { maxLength: 30 }), fc.boolean(), (reports, sentFirst) => {
      const app = openRegister([toEndpoint({ eventTypes: ["message.progress"] })]);
      if (sentFirst) app.accept(sent("out-1"));
      const highest = new Map<string, MessageStatus>();
      for (const { id, status } of reports) {
        const before = toRank(highest.get(id));
        const isStep = toRank(status) > before;
        const delivered = app.delivered.length;

        const { snapshot, tags } = app.accept(progress(id, status, WHOLE));

        if (isStep) highest.set(id, status);
        assert.equal(app.messages.get(id)?.status, highest.get(id));
        assert.equal(snapshot.message?.status, highest.get(id));
        assert.equal(app.delivered.length - delivered, isStep ? 1 : 0);
        assert.deepEqual(tags, isStep ? [] : ["hookline:stale"]);
      }
    }),
  );
});

test("in any order, Sendblue gets each of its statuses at most once per message", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STATUSES), { maxLength: 20 }), (statuses) => {
      const app = openRegister([
        toEndpoint({ dialect: "sendblue" }),
        toEndpoint({ dialect: "chirp" }),
      ]);
      app.accept(sent("out-1"));
      const sentTwice = statuses.filter(
        (status) =>
          app.accept(progress("out-1", status)).deliveries.length > 0 &&
          (status === "sent" || status === "delivered_to_carrier"),
      );
      assert.ok(sentTwice.length <= 1);
    }),
  );
});

test("replaying the same reports delivers nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STATUSES), { maxLength: 20 }), (statuses) => {
      const app = openRegister();
      for (const status of statuses) app.accept(progress("out-1", status, WHOLE));
      const before = app.delivered.length;
      for (const status of statuses) app.accept(progress("out-1", status, WHOLE));
      assert.equal(app.delivered.length, before);
    }),
  );
});
