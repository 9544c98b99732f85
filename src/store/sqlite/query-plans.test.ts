import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StatementSync } from "node:sqlite";
import { newApp, newAttempt, newEndpoint, newEvent, receivedText } from "../contract/fixtures.ts";
import { START } from "../contract/harness.ts";
import { runGroup } from "./group.ts";
import { openWriter } from "./make-writer.ts";
import type { PublishReply } from "./accept.ts";
import type { LeasedWire } from "./leased-wire.ts";
import { WRITES } from "./writes.ts";

/** Small tables of fixed size, or read once for a whole call. */
const MAY_BE_SCANNED = ["shard", "setting", "migration", "endpointQueue", "step", "sqlite_schema"];

describe("the statements of the hot path", () => {
  test("search an index and sort nothing, whatever lies in the tables (I4)", () => {
    const decide = {
      optOutMatch: "word",
      stopKeywords: ["stop"],
      unstopKeywords: [],
      largeTextBytes: 10,
    } as const;
    const open = openWriter({ path: ":memory:", decide, leaseRoom: 3, backlogLimit: 1000 });
    const texts = new Set<string>();
    const recording = (prepare: (text: string) => StatementSync) => (text: string) => {
      texts.add(text);
      return prepare(text);
    };
    const writer = {
      ...open.writer,
      sql: recording(open.writer.sql),
      arrays: recording(open.writer.arrays),
    };
    const run = (name: string, p: unknown): unknown => {
      const calls = [{ id: 1, name, p }];
      const [answer] = runGroup(writer, {
        calls,
        operations: WRITES,
        failpoint: null,
      }).answers;
      assert.ok(answer?.ok === true, `${name} failed`);
      return answer.value;
    };

    const app = newApp();
    const endpoint = newEndpoint(app.id);
    run("apps.create", { app, once: null });
    run("endpoints.create", { appRef: app.id, endpoint, once: null });
    open.listening.add("me");
    run("shards.hold", { owner: "me", atMost: 256, leaseMs: 1000 });
    texts.clear();
    const events = [
      receivedText({ id: "m", text: "stop" }, { eventId: "e" }),
      newEvent({ orderingKey: "k" }),
      newEvent({ orderingKey: "k" }),
      newEvent(),
    ];
    const once = { scope: "s", key: "k", bodyHash: "h", expiresAt: START };
    const publish = { appRef: app.id, createApp: null, events, onDuplicate: "refuse", once };
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
    run("queue.skipOverdue", { now: START, limit: 10 });
    run("queue.replay", {
      appRef: app.id,
      eventId: events[3]?.id,
      endpointRef: endpoint.endpointId,
      now: START,
    });
    run("shards.recover", { owner: "me" });

    const plans = [...texts]
      .filter((text) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(text))
      .flatMap((text) =>
        open.writer.db
          .prepare(`EXPLAIN QUERY PLAN ${text}`)
          .all()
          .map((row) => ({ text, step: row["detail"] as string })),
      );
    open.close();
    assert.ok(plans.length > 20, `only ${plans.length} steps were looked at`);
    const slow = plans.filter(({ step }) => {
      const scanned = /^SCAN (\w+)/.exec(step)?.[1];
      return (
        step.includes("TEMP B-TREE") || (scanned !== undefined && !MAY_BE_SCANNED.includes(scanned))
      );
    });
    assert.deepEqual(slow, []);
    const claims = plans.filter(({ text }) =>
      /FROM delivery\s+WHERE endpointSeq = \? AND state = 0 AND dueAt/.test(text),
    );
    assert.ok(claims.length >= 2);
    for (const { step } of claims)
      assert.match(step, /SEARCH delivery USING (COVERING )?INDEX delivery_due/);
  });
});
