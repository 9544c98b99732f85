/** Contract: sessions of the dashboard and the links that open one. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type {
  DashboardStore,
  NewDashboardSession,
} from "../../../src/store/interface/dashboard.ts";
import { type Harness, START } from "./harness.ts";
import { nextId, sweepAll } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const hash = (secret: string) => createHash("sha256").update(secret).digest();
const ADMIN = "admin:00000000";

function newSession(secret: string, more: Partial<NewDashboardSession> = {}): NewDashboardSession {
  return {
    id: nextId("dash_"),
    secretHash: hash(secret),
    owner: ADMIN,
    createdAt: START,
    expiresAt: START + 100,
    endsAt: START + 1_000,
    ...more,
  };
}

async function findOwner(dashboard: DashboardStore, secret: string, now = START) {
  return (await dashboard.find({ secretHash: hash(secret), now }))?.owner ?? null;
}

export function testDashboardSessions(harness: Harness): void {
  describe("dashboard sessions", () => {
    test("a session is found until it expires, is ended or its use moves the expiry", () =>
      story(harness, EMPTY, async ({ opened }) => {
        await opened.store.dashboard.open({ session: newSession("a") });
        await opened.store.dashboard.open({ session: newSession("b") });
        await opened.reopen();
        const { dashboard } = opened.store;
        const a = { secretHash: hash("a") };
        assert.equal(await findOwner(dashboard, "a", START + 99), ADMIN);
        assert.equal(await findOwner(dashboard, "a", START + 100), null);
        await dashboard.extend({ ...a, expiresAt: START + 200 });
        assert.equal(await findOwner(dashboard, "a", START + 199), ADMIN);
        await dashboard.extend({ ...a, expiresAt: START + 1_001 });
        await dashboard.extend({ ...a, expiresAt: START + 50 });
        const found = await dashboard.find({ ...a, now: START });
        assert.deepEqual(
          [found?.expiresAt, found?.endsAt, found?.operatorKey],
          [START + 200, START + 1_000, null],
        );
        assert.equal(await dashboard.end(a), true);
        assert.equal(await dashboard.end(a), false);
        assert.equal(await findOwner(dashboard, "a"), null);
        assert.equal(await findOwner(dashboard, "b"), ADMIN);
      }));

    test("a session shows the operator key that owns it, and ends with the key", () =>
      story(harness, EMPTY, async ({ store }) => {
        const key = { id: nextId("opkey_"), name: "Ada", role: "operator" } as const;
        await store.operatorKeys.create({
          key: { ...key, secretHash: hash("key"), createdAt: START },
        });
        await store.dashboard.open({ session: newSession("a", { owner: key.id }) });
        await store.dashboard.open({ session: newSession("b") });
        const found = await store.dashboard.find({ secretHash: hash("a"), now: START });
        assert.deepEqual([found?.operatorKey?.name, found?.operatorKey?.role], ["Ada", "operator"]);
        await store.operatorKeys.delete({ id: key.id });
        assert.equal(await findOwner(store.dashboard, "a"), null);
        assert.equal(await findOwner(store.dashboard, "b"), ADMIN);
      }));

    test("a link makes one session of its owner and is no session itself", () =>
      story(harness, EMPTY, async ({ store: { dashboard } }) => {
        await dashboard.grant({ link: newSession("link") });
        assert.equal(await findOwner(dashboard, "link"), null);
        const at = { secretHash: hash("link"), now: START };
        assert.equal(await dashboard.findLink(at), true);
        assert.equal(await dashboard.findLink({ ...at, now: START + 100 }), false);
        const { owner: _owner, ...session } = newSession("a");
        const exchange = { linkHash: hash("link"), session };
        assert.equal(await dashboard.exchange({ ...exchange, now: START + 100 }), null);
        const both = await Promise.all([
          dashboard.exchange({ ...exchange, now: START }),
          dashboard.exchange({
            ...exchange,
            session: { ...session, id: nextId("dash_"), secretHash: hash("b") },
            now: START,
          }),
        ]);
        assert.deepEqual(
          both.filter((one) => one !== null),
          [{ owner: ADMIN }],
        );
        assert.equal(await dashboard.findLink(at), false);
        const owners = [await findOwner(dashboard, "a"), await findOwner(dashboard, "b")];
        assert.equal(owners.filter((owner) => owner === ADMIN).length, 1);
      }));

    test("beyond the limit the oldest sessions of the same owner end, and all end at once", () =>
      story(
        harness,
        { ...EMPTY, open: { limits: { dashboardSessions: 2 } } },
        async ({ store: { dashboard } }) => {
          const other = { owner: "opkey_other" };
          await dashboard.open({ session: newSession("other", { ...other, createdAt: 1 }) });
          for (const [secret, createdAt] of [
            ["a", START],
            ["b", START + 1],
            ["c", START + 2],
          ] as const) {
            await dashboard.open({ session: newSession(secret, { createdAt }) });
          }
          const owners = () =>
            Promise.all(["a", "b", "c", "other"].map((one) => findOwner(dashboard, one)));
          assert.deepEqual(await owners(), [null, ADMIN, ADMIN, "opkey_other"]);
          await dashboard.endAll({ owner: ADMIN });
          assert.deepEqual(await owners(), [null, null, null, "opkey_other"]);
        },
      ));

    test("the sessions and links of all owners end at once, but for one that is kept", () =>
      story(harness, EMPTY, async ({ store: { dashboard } }) => {
        const openAll = async (): Promise<void> => {
          await dashboard.open({ session: newSession("a") });
          await dashboard.open({ session: newSession("b", { owner: "opkey_other" }) });
          await dashboard.grant({ link: newSession("link") });
        };
        const ofAll = async () => [
          await findOwner(dashboard, "a"),
          await findOwner(dashboard, "b"),
          await dashboard.findLink({ secretHash: hash("link"), now: START }),
        ];
        await openAll();
        assert.equal(await dashboard.endOthers({ keptHash: hash("b") }), 2);
        assert.deepEqual(await ofAll(), [null, "opkey_other", false]);
        assert.equal(await dashboard.endOthers({ keptHash: null }), 1);
        assert.deepEqual(await ofAll(), [null, null, false]);
        assert.equal(await dashboard.endOthers({ keptHash: null }), 0);
      }));

    test("the sweep deletes expired sessions and links", () =>
      story(harness, EMPTY, async ({ store }) => {
        await store.dashboard.open({ session: newSession("a") });
        await store.dashboard.grant({ link: newSession("link") });
        await store.dashboard.open({ session: newSession("b", { expiresAt: START + 900 }) });
        await sweepAll(store, START + 500);
        // An instant before the expiry shows whether the rows are still there.
        assert.equal(await findOwner(store.dashboard, "a"), null);
        assert.equal(
          await store.dashboard.findLink({ secretHash: hash("link"), now: START }),
          false,
        );
        assert.equal(await findOwner(store.dashboard, "b"), ADMIN);
      }));
  });
}
