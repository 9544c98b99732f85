import { DEFAULT_LEASE_ROOM } from "../../queue/lease-room.ts";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { AppError } from "../../../core/error.ts";
import { toLimitValues } from "../../../core/limits.ts";
import { newApp, newEndpoint, newEvent } from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { insertApp } from "../../tenancy/apps.ts";
import { MEMORY } from "../connection.ts";

import { runGroup } from "./group-commit.ts";
import type { GroupResult, Operations } from "./group-commit.ts";
import { openWriter } from "./make-writer.ts";
import type { OpenWriter } from "./make-writer.ts";
import { runNow } from "../session.ts";
import { writeSetting } from "../file/setting.ts";
import { toFault } from "../file/sqlite-error.ts";
import type { Writer } from "./writer-types.ts";
import { WRITES } from "./writes.ts";

describe("group commit", () => {
  const decide = {
    optOutMatch: "word",
    stopKeywords: [],
    unstopKeywords: [],
    largeTextBytes: 1e6,
  } as const;
  let open: OpenWriter;
  let writer: Writer;
  beforeEach(() => {
    open = openWriter({
      path: MEMORY,
      decide,
      leaseRoom: { ...DEFAULT_LEASE_ROOM, endpoint: 10 },
      limits: toLimitValues(),
    });
    ({ writer } = open);
  });
  afterEach(() => open.close());

  const operations: Operations = {
    ...WRITES,
    write: (w: Writer, name: never) => writeSetting(w, name, "written"),
    "queue.record": (w: Writer, name: never) => {
      writeSetting(w, name, "written");
      throw new TypeError("a bug after a write");
    },
    refuse: (w: Writer, name: never) => {
      writeSetting(w, name, "written");
      throw new AppError("conflict", "taken");
    },
  };
  const run = (...calls: [name: string, p: unknown][]): GroupResult =>
    runGroup(writer, {
      calls: calls.map(([name, p], id) => ({ id, name, p })),
      operations,
      failpoint: null,
    });
  const written = (): string[] =>
    writer
      .sql("SELECT name FROM setting WHERE value = 'written' ORDER BY name")
      .all()
      .map((row) => row["name"] as string);

  test("a refused call leaves nothing behind and does not affect the other calls", () => {
    const { answers } = run(["write", "a"], ["refuse", "b"], ["write", "c"]);
    assert.deepEqual(
      answers.map(({ ok }) => ok),
      [true, false, true],
    );
    assert.deepEqual(written(), ["a", "c"]);
  });

  test("a bug in an unguarded call rolls back that call alone", () => {
    const { answers, fatal } = run(["write", "a"], ["queue.record", "b"], ["write", "c"]);
    assert.deepEqual(
      answers.map(({ ok }) => ok),
      [true, false, true],
    );
    assert.deepEqual(written(), ["a", "c"]);
    assert.equal(fatal, null);
  });

  test("a bug in an unguarded call rolls back that call alone", () => {
    const used = writer.sql("PRAGMA page_count").get()?.["page_count"] as number;
    writer.db.exec(`PRAGMA max_page_count = ${used + 2}`);
    const big = { ...newApp(), name: "x".repeat(100_000) };
    const full = run(["write", "a"], ["apps.create", { app: big, idempotencyKey: null }]);
    assert.deepEqual(
      full.answers.map((answer) => !answer.ok && (answer.error as AppError).code),
      ["store_unavailable", "store_unavailable"],
    );
    assert.equal(full.fatal, null);
    assert.deepEqual(written(), []);
    writer.db.exec("PRAGMA max_page_count = 1000000");
    assert.equal(
      run(["write", "a"], ["apps.create", { app: big, idempotencyKey: null }]).answers[1]?.ok,
      true,
    );
    assert.deepEqual(written(), ["a"]);
  });

  test("deliveries of a rolled back publish are not counted as leased", () => {
    const app = newApp();
    const appSeq = runNow(insertApp(writer.session, app));
    const endpoint = newEndpoint(app.id);
    WRITES["endpoints.create"](writer, { appRef: app.id, endpoint, idempotencyKey: null });
    open.listening.add("me");
    run(["shards.hold", { owner: "me", atMost: 256, leaseMs: 1000 }]);
    const cached = writer.state.loadEndpoints(appSeq).find(endpoint.endpointId);
    const fence = writer.state.shards()[endpoint.shard]?.fence ?? -1;
    const publish = (eventIds: string[]) => ({
      appRef: app.id,
      createApp: null,
      events: eventIds.map((eventId) => newEvent({ eventId })),
      onDuplicate: "refuse",
      idempotencyKey: null,
      acceptedAt: START,
    });
    const unknown = newEvent({ type: "message.read", canonical: { message: { id: "m" } } });
    const refused = { ...publish(["a", "b"]), events: [newEvent(), unknown] };
    run(["accept.publish", refused], ["accept.publish", publish(["c"])]);
    assert.equal(writer.state.leased.ofEndpoint(cached?.seq ?? 0, fence), 1);
    const [tally] = writer.sql("SELECT sum(created) AS created FROM tally").all();
    assert.equal(tally?.["created"], 1);
  });

  test("tallies are one row per application and commit", () => {
    const app = newApp();
    runNow(insertApp(writer.session, app));
    WRITES["endpoints.create"](writer, {
      appRef: app.id,
      endpoint: newEndpoint(app.id),
      idempotencyKey: null,
    });
    const publish = () => ({
      appRef: app.id,
      createApp: null,
      events: [newEvent(), newEvent()],
      onDuplicate: "refuse",
      idempotencyKey: null,
      acceptedAt: START,
    });
    run(["accept.publish", publish()], ["accept.publish", publish()]);
    const rows = writer.sql("SELECT created FROM tally").all();
    assert.deepEqual(
      rows.map((row) => row["created"]),
      [4],
    );
  });

  test("a failed fsync is fatal, a full disk is temporary, and any other error is a bug", () => {
    assert.equal(toFault(Object.assign(new Error("disk I/O error"), { errcode: 1034 })), "fatal");
    assert.equal(
      toFault(Object.assign(new Error("disk I/O error"), { errcode: 778 })),
      "unavailable",
    );
    assert.equal(toFault(Object.assign(new Error("full"), { errcode: 13 })), "unavailable");
    assert.equal(toFault(Object.assign(new Error("constraint"), { errcode: 2067 })), "bug");
    assert.equal(toFault(new TypeError("no")), "bug");
  });
});
