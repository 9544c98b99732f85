import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { isReservedEventType, OPERATIONAL_EVENT_TYPES } from "./event-type.ts";
import {
  attemptLogEvent,
  attemptTurn,
  hasRecovered,
  operationalEvent,
  taskEvent,
} from "./operational-events.ts";
import type { SubjectNote } from "./operational-events.ts";

const NOW = 1_795_348_800_000;
const SUBJECT = {
  appId: "app_1",
  appUid: "acme",
  endpointId: "ep_1",
  endpointUid: null,
  delivery: {
    eventId: "msg_1",
    publisherEventId: "invoice-7",
    lastAttempt: { id: "atmpt_1", at: NOW, statusCode: 503 },
  },
};

const TASK = {
  id: "qtask_1",
  kind: "endpoint.recover",
  state: "cancelled",
  appId: "app_1",
  endpointId: "ep_1",
  groupId: null,
  params: { since: NOW, until: null },
  done: 7,
  progress: 0.5,
  reason: null,
  createdAt: NOW,
} as const;

test("the fourth failure is reported as failing, and a success after any failure may be a recovery", () => {
  const turns = [0, 1, 2, 3, 4, 20].map((attempts) =>
    attemptTurn({ attempts, state: "pending", statusCode: 500 }),
  );
  assert.deepEqual(turns, [null, null, null, "message.attempt.failing", null, null]);
  const turnAt = (attempts: number) =>
    attemptTurn({ attempts, state: "delivered", statusCode: 200 });
  assert.equal(turnAt(0), null);
  assert.equal(turnAt(1), "message.attempt.recovered");
});

test("a delivery recovers only from failures that were reported as failing, and only once", () => {
  const failed = (statusCode: number) => ({ statusCode, succeeded: false });
  const fails = (count: number) => Array.from({ length: count }, () => failed(500));
  assert.equal(hasRecovered([]), false);
  assert.equal(hasRecovered(fails(3)), false);
  assert.equal(hasRecovered(fails(4)), true);
  assert.equal(hasRecovered([failed(500), failed(401)]), true);
  assert.equal(hasRecovered([failed(401), failed(500)]), false);
  assert.equal(hasRecovered([{ statusCode: 200, succeeded: true }, ...fails(4)]), false);
});

test("a receiver that refuses the credentials is reported at once", () => {
  const turnAfter = (attempts: number, statusCode: number) =>
    attemptTurn({ attempts, state: "pending", statusCode });
  assert.deepEqual(
    [401, 403, 404, 0].map((statusCode) => turnAfter(0, statusCode)),
    ["message.attempt.failing", "message.attempt.failing", null, null],
  );
  assert.equal(turnAfter(1, 401), null);
});

test("a delivery that failed for good is reported, after any number of attempts", () => {
  fc.assert(
    fc.property(fc.nat(30), (attempts) => {
      assert.equal(
        attemptTurn({ attempts, state: "failed", statusCode: 500 }),
        "message.attempt.exhausted",
      );
    }),
  );
});

test("the operational event of an attempt has Svix's shape", () => {
  const event = operationalEvent({ type: "message.attempt.exhausted" }, SUBJECT, {
    id: "msg_2",
    now: NOW,
  });
  assert.equal(event.id, "msg_2");
  assert.equal(event.eventId, null);
  assert.deepEqual(JSON.parse(event.payloadText), {
    type: "message.attempt.exhausted",
    data: {
      appId: "app_1",
      appUid: "acme",
      endpointId: "ep_1",
      msgId: "msg_1",
      msgEventId: "invoice-7",
      lastAttempt: {
        id: "atmpt_1",
        timestamp: "2026-11-22T12:00:00.000Z",
        responseStatusCode: 503,
      },
    },
  });
});

test("the event of a disabled endpoint distinguishes a user from the server", () => {
  const triggers = (["by_user", "gone", "failing"] as const).map((reason) => {
    const note = { type: "endpoint.disabled", reason, failingSince: NOW } as const;
    const event = operationalEvent(note, SUBJECT, { id: "msg_2", now: NOW });
    const { trigger, failSince } = JSON.parse(event.payloadText).data;
    assert.equal(failSince, "2026-11-22T12:00:00.000Z");
    return trigger;
  });
  assert.deepEqual(triggers, ["manual", "automatic", "automatic"]);
});

test("the event of a background task has Svix's shape, and a cancelled one has failed", () => {
  const note = { type: "background_task.finished", task: TASK } as const;
  const { payloadText } = taskEvent(note, { id: "msg_2", now: NOW });
  const { type, data } = JSON.parse(payloadText);
  assert.equal(type, "background_task.finished");
  const { data: facts, ...shown } = data;
  assert.deepEqual(shown, { status: "failed", task: "endpoint.recover", taskId: "qtask_1" });
  assert.equal(facts.messagesSent, 7);
  assert.equal(facts.reason, "cancelled");
  assert.equal(facts.since, "2026-11-22T12:00:00.000Z");
});

test("a full backlog is one event per endpoint and hour", () => {
  const idAt = (now: number, endpointId = "ep_1") =>
    operationalEvent(
      { type: "endpoint.backlog_full", limit: 5 },
      { ...SUBJECT, endpointId },
      { id: "msg_2", now },
    ).eventId;
  assert.equal(idAt(NOW), idAt(NOW + 3_599_999));
  assert.notEqual(idAt(NOW), idAt(NOW + 3_600_000));
  assert.notEqual(idAt(NOW), idAt(NOW, "ep_2"));
});

test("every operational event type can be created, and none can be published", () => {
  const notes: SubjectNote[] = [
    { type: "endpoint.created" },
    { type: "endpoint.updated" },
    { type: "endpoint.deleted" },
    { type: "endpoint.enabled" },
    { type: "endpoint.disabled", reason: "gone", failingSince: null },
    { type: "endpoint.failing", failingSince: null },
    { type: "endpoint.backlog_full", limit: 1 },
    { type: "message.attempt.exhausted" },
    { type: "message.attempt.failing" },
    { type: "message.attempt.recovered" },
  ];
  const made = [
    ...notes.map((note) => operationalEvent(note, SUBJECT, { id: "msg_2", now: NOW })),
    attemptLogEvent([], { id: "msg_2", now: NOW }),
    taskEvent({ type: "background_task.finished", task: TASK }, { id: "msg_2", now: NOW }),
  ];
  assert.deepEqual(
    made.map(({ type }) => type),
    [...OPERATIONAL_EVENT_TYPES],
  );
  for (const { type, payloadText } of made) {
    assert.ok(isReservedEventType(type));
    assert.equal(JSON.parse(payloadText).type, type);
  }
});
