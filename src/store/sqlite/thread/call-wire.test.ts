import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "../../../core/decide-types.ts";
import type { AcceptedEvent } from "../../interface/accept.ts";
import type { RecordedOutcome } from "../../interface/queue.ts";
import { newAttempt, newEvent, receivedText } from "../../../../test/contract/store/fixtures.ts";
import { readCallWire, readReplyWire, toCallWire, toReplyWire } from "./call-wire.ts";

const SUCCESS: RecordedOutcome = {
  deliveryId: 7,
  endpointId: "ep_1",
  shard: 3,
  fence: 2,
  attempt: newAttempt({ detail: "{}", response: "thanks" }),
  next: { state: "delivered" },
  health: null,
};

/** Each member of an outcome with a value that a plain success does not have. */
const UNUSUAL: { readonly [Name in keyof RecordedOutcome]-?: RecordedOutcome[Name] } = {
  deliveryId: 2 ** 40,
  endpointId: "ep_2",
  shard: 0,
  fence: 900,
  attempt: null,
  next: { state: "pending", slot: 3, dueAt: 12 },
  health: { failingSince: 1, firstGoneAt: null, warnedAt: null },
  breaker: null,
  pausedUntil: 0,
  operationalEvents: [],
};
const UNUSUAL_ATTEMPT: NonNullable<RecordedOutcome["attempt"]> = {
  id: "atmpt_2",
  at: 5,
  durationMs: 0,
  url: "https://example.com/other",
  statusCode: 204,
  response: "",
  reason: "timeout",
  succeeded: false,
  trigger: "manual",
  isResent: true,
  detail: null,
};

const outcomes: readonly RecordedOutcome[] = [
  SUCCESS,
  ...Object.entries(UNUSUAL).map(([name, value]) => ({ ...SUCCESS, [name]: value })),
  ...Object.entries(UNUSUAL_ATTEMPT).map(([name, value]) => ({
    ...SUCCESS,
    attempt: { ...newAttempt(), [name]: value },
  })),
];

/** Each member of an event with a value that a plain one does not have. */
const UNUSUAL_EVENT: { readonly [Name in keyof NewEvent]-?: NewEvent[Name] } = {
  id: "msg_2",
  eventId: "order-7",
  type: "order.paid",
  payloadText: '"\u00e9\u20ac"',
  contentType: "text/plain",
  canonical: { line: "+12065550100", contact: "+12065550199" },
  occurredAt: 3,
  channels: ["a", "b"],
  tags: ["c"],
  orderingKey: "key",
  deliverAt: 4,
  retentionMs: 5,
  derive: false,
  historical: true,
  onlyEndpointId: "ep_3",
  derivedFrom: "msg_1",
  messageSnowflake: 12n,
};

const events: readonly NewEvent[] = [
  newEvent(),
  receivedText({ id: "m-1" }),
  ...Object.entries(UNUSUAL_EVENT).map(([name, value]) => ({ ...newEvent(), [name]: value })),
];

function send(name: string, p: unknown): unknown {
  return readCallWire(structuredClone(toCallWire({ id: 4, name, p, app: "app_1" })));
}

test("outcomes arrive at the writer as they were sent", () => {
  const p = { outcomes, now: 9 };
  assert.deepEqual(send("queue.record", p), { id: 4, name: "queue.record", p, app: "app_1" });
});

test("the events of a publish arrive at the writer as they were sent", () => {
  const common = { appRef: "a", createApp: null, onDuplicate: "skip", idempotencyKey: null };
  const p = { ...common, acceptedAt: 9, events };
  assert.deepEqual(send("accept.publish", p), { id: 4, name: "accept.publish", p, app: "app_1" });
});

test("other calls arrive at the writer as they were sent", () => {
  const p = { outcomes: [1, 2], events: [3] };
  assert.deepEqual(send("queue.release", p), { id: 4, name: "queue.release", p, app: "app_1" });
});

test("a plain success, an event and an accepted event are sent as a list", () => {
  const p = { outcomes: [SUCCESS], now: 9 };
  const wire = toCallWire({ id: 4, name: "queue.record", p }).p as { outcomes: unknown[] };
  assert.ok(Array.isArray(wire.outcomes[0]));
});

const ACCEPTED: AcceptedEvent = {
  id: "msg_1",
  eventId: "e",
  sequence: 8,
  duplicate: true,
  deliveries: 2,
  undelivered: null,
};

test("the answer to a publish arrives at the main thread as it was sent", () => {
  const leased = { events: [], deliveries: [] };
  const result = { kind: "accepted", appId: "app_1", repeated: false, acceptedAt: 3 } as const;
  const accepted = { result: { ...result, events: [ACCEPTED], fanningOut: 2 }, leased };
  const refused = {
    result: {
      kind: "refused",
      code: "conflict",
      message: "taken",
      path: [],
      duplicates: [],
      index: 0,
    },
    leased: null,
  } as const;
  for (const reply of [accepted, refused]) {
    assert.deepEqual(readReplyWire(structuredClone(toReplyWire(reply))), reply);
  }
});
