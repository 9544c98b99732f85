import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  newApp,
  newAttempt,
  newEndpoint,
  newEvent,
  newLine,
  receivedText,
} from "../../../test/contract/store/fixtures.ts";
import { START } from "../../../test/contract/store/harness.ts";
import type { JobKind, ReplayFilter } from "../interface/jobs.ts";
import { purgeJobs } from "../jobs/rows.ts";
import { readSession, runNow } from "./session.ts";
import { READS } from "./thread/reads.ts";
import type { PublishReply } from "./accept/accept.ts";
import type { LeasedWire } from "./thread/leased-wire.ts";
import { openRecorded, slowAmong } from "../../../test/harness/recorded-writer.ts";

describe("the statements of the hot path", () => {
  test("search an index and sort nothing, whichever rows the tables contain (I4)", () => {
    const open = openRecorded();
    const { run } = open;
    const app = newApp();
    const endpoint = newEndpoint(app.id);
    run("apps.create", { app, idempotencyKey: null });
    run("endpoints.create", { appRef: app.id, endpoint, idempotencyKey: null });
    open.listening.add("me");
    run("shards.hold", { owner: "me", atMost: 256, leaseMs: 1000 });
    open.forgetStatements();
    const events = [
      receivedText({ id: "m", text: "stop" }, { eventId: "e" }),
      newEvent({ orderingKey: "k" }),
      newEvent({ orderingKey: "k" }),
      newEvent(),
    ];
    const idempotencyKey = { scope: "s", key: "k", bodyHash: "h", expiresAt: START };
    const publish = {
      appRef: app.id,
      createApp: null,
      events,
      onDuplicate: "refuse",
      idempotencyKey,
    };
    const { leased } = run("accept.publish", { ...publish, acceptedAt: START }) as PublishReply;
    const ask = { owner: "me", now: START, limit: 10, except: [] };
    run("queue.dueEndpoints", ask);
    const endpoints = [{ endpointId: endpoint.endpointId, room: 1 }];
    const claimed = run("queue.claim", { owner: "me", now: START, endpoints }) as {
      leased: LeasedWire;
    };
    const nexts = [
      { state: "delivered" },
      { state: "failed", reason: "exhausted" },
      { state: "pending", slot: 2, dueAt: START },
    ];
    const all = [...(leased?.deliveries ?? []), ...claimed.leased.deliveries];
    assert.ok(all.length > 3);
    const outcomes = all.map((wire, i) => ({
      deliveryId: wire[2],
      endpointId: wire[3],
      shard: wire[5],
      fence: wire[6],
      attempt: newAttempt(),
      next: nexts[i % 3],
      health: { failingSince: START, firstGoneAt: null, warnedAt: null },
    }));
    run("queue.record", { outcomes, now: START });
    // More is due than there is room for, so both ends of the range are searched.
    const { endpointId } = endpoint;
    run("queue.claim", { owner: "me", now: START, endpoints: [{ endpointId, room: 0 }] });
    const breaker = { openedAt: START, probeAt: START + 60_000, step: 0, failedAt: START };
    const pausedUntil = START + 60_000;
    const turned = { ...outcomes[0], next: { state: "delivered" }, breaker, pausedUntil };
    run("queue.record", { outcomes: [turned], now: START });
    const horizon = { now: START, failedSince: START, deadlineMs: 1000, limit: 10, after: null };
    run("queue.expireBehindBreaker", { owner: "me", ...horizon });
    run("queue.skipOverdue", { now: START, limit: 10 });
    run("queue.replay", {
      appRef: app.id,
      eventId: events[3]?.id,
      endpointRef: endpoint.endpointId,
      now: START,
    });
    run("shards.recover", { owner: "me" });

    const plans = open.plans();
    open.close();
    assert.ok(plans.length > 20, `only ${plans.length} steps were looked at`);
    assert.deepEqual(slowAmong(plans), []);
    const claims = plans.filter(({ text }) =>
      /FROM delivery\s+WHERE endpointSeq = \? AND state = 0 AND dueAt/.test(text),
    );
    assert.ok(claims.length >= 2);
    for (const { step } of claims)
      assert.match(step, /SEARCH delivery USING (COVERING )?INDEX delivery_due/);
  });
});

describe("the statements of sessions, sets and messages", () => {
  test("search an index and sort nothing, whichever rows the tables contain (I4)", () => {
    const open = openRecorded();
    const { reader, run } = open;
    const app = newApp();
    run("apps.create", { app, idempotencyKey: null });
    const appRef = app.id;
    const line = newLine(app.id);
    run("lines.create", { line });
    open.forgetStatements();

    const session = { lineId: line.id, sessionHash: new Uint8Array([1]), now: START };
    assert.equal(run("lines.openSession", session), true);
    assert.equal(READS["lines.findSession"](reader, session)?.id, line.id);
    assert.equal(run("lines.endSession", session), true);

    const none = { create: [], update: [], remove: [] };
    const secret = new Uint8Array([2]);
    for (const number of [null, line.number]) {
      const set = { appRef, dialect: "zipwhip", line: number } as const;
      const endpoint = newEndpoint(app.id, { dialect: "zipwhip", lines: [line.number] });
      const { endpointId } = endpoint;
      for (const more of [
        { create: [endpoint], state: secret },
        { update: [{ endpointId, change: { status: "paused" }, secret }], state: null },
        { update: [{ endpointId, change: { uid: "u", status: "enabled" } }] },
        { remove: [endpointId] },
      ]) {
        const token = READS["endpoints.readSet"](reader, set)?.token;
        const change = { ...none, ...more };
        assert.notEqual(run("endpoints.changeSet", { ...set, token, change, now: START }), null);
      }
    }

    const publish = { appRef, createApp: null, onDuplicate: "refuse", idempotencyKey: null };
    const event = receivedText({ id: "m", text: "longer than ten bytes", to: line.number });
    run("accept.publish", { ...publish, events: [event], acceptedAt: START });
    const row = open.writer.db.prepare("SELECT CAST(snowflake AS TEXT) AS id FROM message").get();
    const snowflake = BigInt(row?.["id"] as string);
    const read = { type: "message.read", canonical: { message: { id: "m" } } };
    const named = newEvent({ ...read, messageSnowflake: snowflake });
    run("accept.publish", { ...publish, events: [named], acceptedAt: START });
    assert.equal(READS["messages.get"](reader, { appRef, snowflake })?.message.readAt, START);
    const [fingerprint] = Object.values(
      open.writer.db.prepare("SELECT fingerprint FROM message").get() ?? {},
    ) as [string];
    for (const conversation of [null, fingerprint]) {
      const page = { appRef, line: line.number, fingerprint: conversation, start: 0, limit: 9 };
      assert.equal(READS["messages.list"](reader, page)?.messages.length, 1);
    }
    const [attachment] = READS["messages.attachments"](reader, { appRef, snowflake }) ?? [];
    assert.notEqual(READS["messages.attachment"](reader, { key: attachment?.key ?? "" }), null);

    const plans = open.plans();
    open.close();
    assert.ok(plans.length > 20, `only ${plans.length} steps were looked at`);
    assert.deepEqual(slowAmong(plans), []);
    const listed = plans.filter(({ text }) => /FROM message WHERE deviceId = \?1/.test(text));
    const indexes = listed.map(({ step }) => /INDEX (message_\w+) \(deviceId=/.exec(step)?.[1]);
    assert.deepEqual(new Set(indexes.filter((name) => name !== undefined)), INDEXES_OF_LISTS);
    const ofLine = plans.filter(({ text }) => /AND lines = \?5/.test(text));
    assert.equal(ofLine.length, 2);
    for (const { step } of ofLine)
      assert.match(step, /INDEX endpoint_line \(appSeq=\? AND lines=\? AND rowid>\?\)/);
  });
});

const INDEXES_OF_LISTS = new Set(["message_line", "message_conversation"]);

describe("the statements of jobs", () => {
  test("search an index and sort nothing, whichever rows the tables contain (I4)", () => {
    const open = openRecorded();
    const { reader, run } = open;
    const app = newApp();
    const endpoint = newEndpoint(app.id, { eventTypes: ["a.b"] });
    run("apps.create", { app, idempotencyKey: null });
    run("endpoints.create", { appRef: app.id, endpoint, idempotencyKey: null });
    open.listening.add("me");
    run("shards.hold", { owner: "me", atMost: 256, leaseMs: 1000 });
    const publish = {
      appRef: app.id,
      createApp: null,
      onDuplicate: "refuse",
      idempotencyKey: null,
    };
    const events = [newEvent({ type: "a.b" }), newEvent({ type: "a.b" })];
    const { leased } = run("accept.publish", {
      ...publish,
      events,
      acceptedAt: START,
    }) as PublishReply;
    const nexts = [{ state: "failed", reason: "exhausted" }, { state: "delivered" }];
    const outcomes = (leased?.deliveries ?? []).map((wire, i) => ({
      deliveryId: wire[2],
      endpointId: wire[3],
      shard: wire[5],
      fence: wire[6],
      attempt: newAttempt(),
      next: nexts[i],
      health: null,
    }));
    run("queue.record", { outcomes, now: START });
    const { endpointId } = endpoint;
    const lineEndpoint = newEndpoint(app.id, { lines: ["+12065550199"] });
    run("endpoints.create", { appRef: app.id, endpoint: lineEndpoint, idempotencyKey: null });
    open.forgetStatements();

    const asked: [string, JobKind, ReplayFilter][] = [
      [endpointId, "endpoint.recover", {}],
      [endpointId, "endpoint.bulk-replay", { statusCodeClass: 200 }],
      [endpointId, "endpoint.bulk-replay", { state: "failed" }],
      [lineEndpoint.endpointId, "endpoint.replay", {}],
      [endpointId, "endpoint.replay", {}],
    ];
    let made = 0;
    for (const [endpointRef, kind, filter] of asked) {
      const params = { since: START, until: START + 1, filter };
      const job = { id: `qtask_${made++}`, kind, params, createdAt: START };
      run("jobs.create", { appRef: app.id, endpointRef, job, idempotencyKey: null });
    }
    const step = { now: START, limit: 9, perSecond: 9, sliceMs: 3_600_000, keptSince: 0 };
    run("jobs.step", step);
    // Parked deliveries are read by another index.
    const ref = { appRef: app.id, ref: endpointId, now: START };
    run("endpoints.update", { ...ref, change: { status: "disabled" } });
    const params = { since: START, until: null, filter: {} };
    const job = { id: "qtask_last", kind: "endpoint.recover", params, createdAt: START };
    run("jobs.create", { appRef: app.id, endpointRef: endpointId, job, idempotencyKey: null });
    run("jobs.step", { ...step, now: START + 5000 });
    run("jobs.cancel", { appRef: app.id, id: job.id, now: START });
    assert.notEqual(READS["jobs.get"](reader, { appRef: app.id, id: job.id }), null);
    const window = { after: job.id, limit: 9, backward: false, ascending: false };
    for (const appRef of [null, app.id]) READS["jobs.list"](reader, { appRef, window });
    READS["history.feed"](reader, {
      appRef: app.id,
      after: "msg_x",
      limit: 9,
      filter: { since: START },
    });
    runNow(purgeJobs(readSession(open.recorded), START, 9));

    const plans = open.plans();
    open.close();
    assert.ok(plans.length > 20, `only ${plans.length} steps were looked at`);
    assert.deepEqual(slowAmong(plans), []);
  });
});

describe("the statements of the sweep and of a key rotation", () => {
  test("search the tables that grow by an index, or read their oldest rows (I4)", () => {
    const open = openRecorded();
    const { reader, run } = open;
    const apps = [newApp(), newApp()];
    const endpoints = apps.map((app) => newEndpoint(app.id));
    for (const [i, app] of apps.entries()) {
      run("apps.create", { app, idempotencyKey: null });
      const endpoint = endpoints[i];
      run("endpoints.create", { appRef: app.id, endpoint, idempotencyKey: null });
      const publish = { appRef: app.id, createApp: null, onDuplicate: "refuse" };
      for (let made = 0; made < 60; made++) {
        const text = { id: `m${made}`, text: "longer than ten bytes" };
        const events = [receivedText(text, { retentionMs: i * 1000 + 1000, orderingKey: "k" })];
        run("accept.publish", { ...publish, events, acceptedAt: START, idempotencyKey: null });
      }
    }
    const { values } = READS["encryption.listStale"](reader, { keyId: 7, limit: 100 });
    assert.ok(values.length >= 2);
    open.forgetStatements();

    const after = new Uint8Array([7, 7]);
    run("encryption.reencrypt", {
      values: values.map(({ ref, encrypted }) => ({ ref, before: encrypted, after })),
    });
    const sweep = { retentionMs: 9000, dedupeWindowMs: 9000, sliceMs: 3_600_000 };
    const [kept, gone] = apps;
    run("upkeep.sweep", { ...sweep, now: START + 1000 });
    run("apps.delete", { ref: gone?.id, now: START });
    const change = { status: "deleted" };
    const ref = endpoints[0]?.endpointId;
    run("endpoints.update", { appRef: kept?.id, ref, change, now: START });
    run("upkeep.sweep", { ...sweep, now: START + 1000 });
    run("upkeep.sweep", { ...sweep, now: START + 10_000 });
    READS["upkeep.gauges"](reader);

    const plans = open.plans();
    const left = open.writer.db.prepare("SELECT count(*) AS count FROM event").get();
    open.close();
    assert.equal(left?.["count"], 0);
    assert.ok(plans.length > 60, `only ${plans.length} steps were looked at`);
    const growing =
      /^SCAN (?:delivery|attempt|event|message|attachment|endpointSecret|dialectState)/;
    const oldestFirst = /FROM (?:event|message)\s.*ORDER BY seq LIMIT/s;
    const scans = plans.filter(({ step, text }) => growing.test(step) && !oldestFirst.test(text));
    assert.deepEqual(scans, []);
    const pending = plans.filter(({ text }) => /endpointSeq = \?1 AND state = 0/.test(text));
    assert.equal(pending.length, 1);
    for (const { step } of pending)
      assert.match(step, /SEARCH delivery USING (COVERING )?INDEX delivery_due/);
  });
});
