import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CONTACT,
  LINE,
  openRegister,
  progress,
  sent,
  toEndpoint,
  toIndex,
} from "../../../test/contract/decide.ts";
import { fc } from "../../../test/harness/property.ts";
import { DIALECTS } from "../../core/snapshot.ts";
import { MESSAGE_STATUSES } from "../../core/messages/message-status.ts";
import { planStored, writeMatching } from "./event-matching.ts";
import { writeMessage, writeParticipants } from "./snapshot-text.ts";

const ENDPOINTS = DIALECTS.map((dialect) => toEndpoint({ endpointId: dialect, dialect }));
const WHOLE = { channel: "sms", from: LINE, to: CONTACT };
const STATUSES = Object.keys(MESSAGE_STATUSES);

test("a stored event has the webhooks that it had at its publish, wherever the own event of its message came", () => {
  const reports = fc.array(fc.constantFrom(...STATUSES), { maxLength: 6 });
  fc.assert(
    fc.property(reports, fc.nat({ max: 6 }), (statuses, place) => {
      const app = openRegister(ENDPOINTS);
      const events = statuses.map((status) => progress("out-1", status, WHOLE));
      events.splice(place, 0, sent("out-1"));
      for (const event of events) {
        const before = app.messages.get("out-1")?.status ?? null;
        const { snapshot, deliveries, tags } = app.accept(event);
        const { message } = snapshot;
        const text = message === null ? null : writeMessage(message, { withText: true });
        const row = {
          type: event.type,
          channels: null,
          tags: JSON.stringify(tags),
          matching: writeMatching(event, before),
          participants: writeParticipants(snapshot, text),
        };
        assert.deepEqual(planStored(toIndex(ENDPOINTS), row, null), deliveries);
      }
    }),
  );
});
