/** The plans of the reads that pages of the dashboard and the portal make again and again. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newApp, newEndpoint, newEvent } from "../../../test/contract/store/fixtures.ts";
import { START } from "../../../test/contract/store/harness.ts";
import { openRecorded } from "../../../test/harness/recorded-writer.ts";
import { MINUTE_MS, SERIES_SUMS } from "../../core/series/series.ts";
import { READS } from "./thread/reads.ts";

describe("the statements of charts", () => {
  test("read one range of an index per subject", () => {
    const open = openRecorded();
    const { reader, run } = open;
    const app = newApp();
    const endpoint = newEndpoint(app.id);
    run("apps.create", { app, idempotencyKey: null });
    run("endpoints.create", { appRef: app.id, endpoint, idempotencyKey: null });
    open.forgetStatements();
    const { endpointId } = endpoint;
    const counts = Array.from({ length: SERIES_SUMS }, () => 1);
    run("series.append", {
      sums: [{ endpointId, at: START, counts }],
      accepted: [],
      backlogs: { at: START, apps: [] },
    });
    const sweep = { retentionMs: 9e9, dedupeWindowMs: 9000, sliceMs: 3_600_000 };
    run("upkeep.sweep", { ...sweep, now: START + 1000 });
    const range = {
      since: START,
      until: START + MINUTE_MS,
      spanMs: MINUTE_MS,
      stepMs: MINUTE_MS,
    } as const;
    const read = { ...range, appRef: app.id, endpointRefs: [endpointId] };
    for (const groupBy of ["none", "dialect", "endpoint"] as const) {
      READS["series.read"](reader, { ...read, groupBy });
    }
    READS["series.accepted"](reader, range);
    const plans = open.plans().filter(({ text }) => /\bseries(Recent)?\b/.test(text));
    open.close();
    const points = plans.filter(({ step }) => /SEARCH series /.test(step));
    assert.ok(points.length >= 3, `only ${points.length} reads of points`);
    for (const { step } of points) {
      assert.match(
        step,
        /USING (PRIMARY KEY|INDEX sqlite_autoindex_series_1) \(appSeq=\? AND endpointSeq=\? AND span=\? AND at>\? AND at<\?\)|series_old \(span=\? AND at<\?\)|\(appSeq=\? AND endpointSeq=\? AND span=\? AND at=\? AND dialect=\?\)/,
      );
    }
    const oldestFirst = /FROM seriesRecent ORDER BY seq LIMIT/;
    const scans = plans.filter(
      ({ step, text }) => step.startsWith("SCAN series") && !oldestFirst.test(text),
    );
    assert.deepEqual(scans, []);
  });
});

describe("the statements of lists by health", () => {
  test("read the state of endpoints by index, and no delivery or attempt without one", () => {
    const open = openRecorded();
    const { reader, run } = open;
    const app = newApp();
    const endpoint = newEndpoint(app.id);
    run("apps.create", { app, idempotencyKey: null });
    run("endpoints.create", { appRef: app.id, endpoint, idempotencyKey: null });
    open.forgetStatements();
    const p = { states: null, dialect: null, text: "hook", after: null, limit: 9, now: START };
    for (const appRef of [null, app.id]) {
      READS["endpoints.listByHealth"](reader, { ...p, appRef });
    }
    const plans = open.plans();
    open.close();
    const steps = plans.map(({ step }) => step);
    assert.ok(steps.some((step) => /SCAN endpoint USING .*INDEX endpoint_held/.test(step)));
    assert.ok(steps.some((step) => /SEARCH delivery USING .*INDEX delivery_/.test(step)));
    assert.ok(steps.some((step) => /SEARCH attempt USING .*INDEX attempt_endpoint/.test(step)));
    const growing = /^SCAN (delivery|attempt|event|series|seriesRecent|endpointSecret)\b/;
    assert.deepEqual(
      steps.filter((step) => growing.test(step) || step === "SCAN endpoint"),
      [],
    );
  });
});

describe("the statements of lists of applications", () => {
  test("search names by their index, and the work of each application by its own", () => {
    const open = openRecorded();
    const { reader, run } = open;
    const app = newApp();
    run("apps.create", { app, idempotencyKey: null });
    run("endpoints.create", {
      appRef: app.id,
      endpoint: newEndpoint(app.id, { status: "paused" }),
      idempotencyKey: null,
    });
    const accept = { createApp: null, onDuplicate: "refuse", idempotencyKey: null };
    const events = [newEvent()];
    run("accept.publish", { ...accept, appRef: app.id, events, acceptedAt: START });
    open.forgetStatements();
    const page = { after: app.id, limit: 9, backward: false };
    for (const ascending of [true, false]) {
      READS["apps.list"](reader, { ...page, ascending, beginning: "a" });
    }
    const [found] = READS["apps.activity"](reader, { appIds: [app.id], since: START });
    const names = READS["apps.names"](reader, {
      appRefs: [app.id, app.uid ?? ""],
      endpointIds: ["ep_unknown"],
    });
    const plans = open.plans();
    open.close();
    assert.equal(found?.parked, 1);
    assert.equal(names.apps.length, 1);
    const steps = plans.map(({ step }) => step);
    for (const form of [
      /SEARCH app USING INDEX app_name \(<expr>>\? AND <expr><\?\)/,
      /SEARCH app USING INDEX app_uidFolded/,
      /SEARCH app USING .*sqlite_autoindex_app_1 \(id=\?\)/,
      /SEARCH app USING .*app_uid \(uid=\?\)/,
      /SEARCH endpoint USING .*sqlite_autoindex_endpoint_1 \(id=\?\)/,
      /SEARCH event USING .*event_app \(appSeq=\?\)/,
      /SEARCH endpoint USING .*endpoint_held \(appSeq=\?\)/,
      /SEARCH delivery USING .*delivery_due \(endpointSeq=\?\)/,
      /SEARCH series USING .*\(appSeq=\? AND endpointSeq=\? AND span=\? AND at>\?\)/,
      /SEARCH seriesRecent USING .*\(appSeq=\? AND endpointSeq=\?\)/,
    ]) {
      assert.ok(
        steps.some((step) => form.test(step)),
        `${form} is not in\n${steps.join("\n")}`,
      );
    }
    const growing = /^SCAN (app|delivery|attempt|event|series|seriesRecent|endpoint)\b/;
    assert.deepEqual(
      steps.filter((step) => growing.test(step)),
      [],
    );
  });
});

describe("the statements of lists of failures", () => {
  test("read a range of the index of their scope, in its order, and attempts by their events", () => {
    const open = openRecorded();
    const { reader, run } = open;
    const app = newApp();
    const endpoint = newEndpoint(app.id);
    run("apps.create", { app, idempotencyKey: null });
    run("endpoints.create", { appRef: app.id, endpoint, idempotencyKey: null });
    open.forgetStatements();
    const window = { after: null, limit: 9, backward: false, ascending: false };
    const filter = {
      failedSince: START,
      failedUntil: START + 1000,
      reasons: ["5xx"],
      statusCodeClasses: [500],
      eventTypes: ["message.received"],
    } as const;
    for (const [appRef, endpointRef] of [
      [null, null],
      [app.id, null],
      [app.id, endpoint.endpointId],
    ] as const) {
      READS["failures.list"](reader, { appRef, endpointRef, window, filter });
    }
    const plans = open.plans().filter(({ text }) => text.includes("delivery"));
    open.close();
    const steps = plans.map(({ step }) => step);
    for (const range of [
      "delivery_failedAt (finishedAt>? AND finishedAt<?)",
      "delivery_failedApp (failedApp=? AND finishedAt>? AND finishedAt<?)",
      "delivery_failedOf (endpointSeq=? AND finishedAt>? AND finishedAt<?)",
    ]) {
      assert.ok(
        steps.includes(`SEARCH delivery USING INDEX ${range}`),
        `${range} is not among ${steps.join(", ")}`,
      );
    }
    assert.deepEqual(
      steps.filter((step) => /TEMP B-TREE|^SCAN (?!json_each)/.test(step)),
      [],
    );
  });
});
