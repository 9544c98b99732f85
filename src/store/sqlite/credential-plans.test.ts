import assert from "node:assert/strict";
import { test } from "node:test";
import { newApp } from "../../../test/contract/store/fixtures.ts";
import { START } from "../../../test/contract/store/harness.ts";
import { LIMITS } from "../../core/limits.ts";
import { openRecorded, slowAmong } from "../../../test/harness/recorded-writer.ts";
import { deleteOldAudit } from "../audit/entries.ts";
import { deleteExpiredDashboards } from "../tenancy/dashboard-sessions.ts";
import { deleteExpiredAccess } from "../tenancy/portal.ts";
import { runNow } from "./session.ts";
import { READS } from "./thread/reads.ts";

const newSecret = (byte: number) => ({
  id: `portal_${byte}`,
  secretHash: new Uint8Array([byte]),
});

test("the statements of portal tokens search an index and sort nothing (I4)", () => {
  const open = openRecorded();
  const { reader, run } = open;
  const app = newApp();
  const appRef = app.id;
  run("apps.create", { app, idempotencyKey: null });
  run("apps.setLimits", { ref: appRef, change: { portalSessions: 10 }, now: START });
  open.forgetStatements();

  const ends = { linkExpiresAt: START + 1, expiresAt: START + 1 };
  const grant = { capabilities: ["ViewBase"], featureFlags: [], sessionId: "s" };
  // One grant more than the limit permits, so that the oldest rows are deleted.
  for (let n = 0; n < 6; n++) {
    const [token, link] = [newSecret(2 * n), newSecret(2 * n + 1)];
    run("portal.grant", { appRef, grant, token, link, ...ends, now: START + n });
  }
  const [token, link] = [newSecret(10).secretHash, newSecret(11).secretHash];
  const exchange = { secretHash: link, token: newSecret(99), reuseMs: 1, mostTokens: 3 };
  assert.equal(run("portal.exchange", { ...exchange, now: START }), true);
  assert.notEqual(READS["portal.findToken"](reader, { secretHash: token, now: START }), null);
  assert.equal(READS["portal.findLink"](reader, { secretHash: link, now: START }), true);
  assert.equal(run("portal.end", { secretHash: token }), true);
  for (const sessionIds of [null, ["s"]]) {
    run("portal.expireAll", { appRef, sessionIds, endsAt: START });
  }
  assert.ok(runNow(deleteExpiredAccess(open.recorded.session, START, 100)) > 0);

  const plans = open.plans();
  open.close();
  assert.ok(plans.length > 10, `only ${plans.length} steps were looked at`);
  assert.deepEqual(slowAmong(plans), []);
});

test("the statement of an operator key searches an index", () => {
  const open = openRecorded();
  const key = { name: "Ada", role: "admin", secretHash: new Uint8Array([1]), createdAt: START };
  open.run("operatorKeys.create", { key: { ...key, id: "opkey_1" } });
  open.forgetStatements();
  const found = READS["operatorKeys.findByHash"](open.reader, { secretHash: key.secretHash });
  assert.equal(found?.name, "Ada");
  const plans = open.plans();
  open.close();
  assert.deepEqual(slowAmong(plans), []);
});

test("the statements of dashboard sessions search an index", () => {
  const open = openRecorded();
  const session = (byte: number) => ({
    id: `dash_${byte}`,
    secretHash: new Uint8Array([byte]),
    owner: "opkey_1",
    createdAt: START + byte,
    expiresAt: START + 1_000,
    endsAt: START + 2_000,
  });
  open.forgetStatements();
  // One session more than the limit permits, so that the oldest ends.
  for (let n = 0; n <= LIMITS.dashboardSessions.value; n++) {
    open.run("dashboard.open", { session: session(n) });
  }
  const secretHash = new Uint8Array([LIMITS.dashboardSessions.value]);
  assert.notEqual(READS["dashboard.find"](open.reader, { secretHash, now: START }), null);
  open.run("dashboard.extend", { secretHash, expiresAt: START + 2_000 });
  open.run("dashboard.grant", { link: session(104) });
  const linkHash = new Uint8Array([104]);
  assert.equal(
    READS["dashboard.findLink"](open.reader, { secretHash: linkHash, now: START }),
    true,
  );
  open.run("dashboard.exchange", { linkHash, session: session(105), now: START });
  open.run("dashboard.end", { secretHash });
  open.run("dashboard.endAll", { owner: "opkey_1" });
  assert.equal(runNow(deleteExpiredDashboards(open.recorded.session, START, 100)), 0);
  const plans = open.plans();
  open.close();
  assert.ok(plans.length > 8, `only ${plans.length} steps were looked at`);
  assert.deepEqual(slowAmong(plans), []);
});

test("the statements of the audit search an index and sort nothing", () => {
  const open = openRecorded();
  const note = { at: START, requestId: "req_1", actorKind: "key", actorId: "key_1" } as const;
  const audit = { ...note, actorName: null, source: null, verb: "createApplication" };
  open.forgetStatements();
  const app = newApp();
  open.run("apps.create", { app, idempotencyKey: null, audit });
  const window = { limit: 10, ascending: false };
  for (const filter of [
    {},
    { since: START },
    { appId: app.id },
    { actorId: "key_1" },
    { verb: "createApplication" },
  ]) {
    for (const place of [
      { after: null, backward: false },
      { after: "2", backward: false },
      { after: "0", backward: true },
    ]) {
      const page = READS["audit.list"](open.reader, { window: { ...window, ...place }, filter });
      assert.equal(page.items.length, 1, JSON.stringify([filter, place]));
    }
  }
  assert.equal(runNow(deleteOldAudit(open.recorded.session, START, 100)), 0);
  const plans = open.plans().filter(({ text }) => text.includes("auditEntry"));
  open.close();
  assert.ok(plans.length > 10, `only ${plans.length} steps were looked at`);
  assert.deepEqual(slowAmong(plans), []);
});
