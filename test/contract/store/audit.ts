/** Contract: the record of changes, written in the transaction of each change. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toActing } from "../../../src/operations/audit/acting.ts";
import type { OperationContext } from "../../../src/operations/context.ts";
import type { Caller } from "../../../src/operations/keys/authenticate-caller.ts";
import type { AuditFilter } from "../../../src/store/interface/audit.ts";
import type { Store } from "../../../src/store/store.ts";
import { newApp, newEndpoint } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { DAY, firstPage, idempotencyKey, nextId, sweepAll } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const ADA: Caller = {
  id: "opkey_ada",
  name: "Ada",
  appId: null,
  scopes: ["operator"],
  lineId: null,
  lineNumber: null,
  portal: null,
  role: "operator",
  isMasked: false,
};

function actAs(store: Store, verb: string, more: Partial<{ caller: Caller; now: number }> = {}) {
  const { caller = ADA, now = START } = more;
  const context = { store, now: () => now } as Partial<OperationContext> as OperationContext;
  const source = "4/cb007142";
  return toActing(context, { caller, verb, requestId: `req_${verb}`, source }).store;
}

async function listVerbs(store: Store, filter: AuditFilter = {}, more = {}) {
  const { items } = await store.audit.list({ window: firstPage(more), filter });
  return items.map(({ verb }) => verb);
}

export function testAudit(harness: Harness): void {
  describe("the audit", () => {
    test("an entry has the actor, the network, the application and the ids, also after a restart", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const app = newApp({ uid: "a-tenant" });
        const acting = actAs(opened.store, "createApplication");
        await acting.apps.create({ app, idempotencyKey: null });
        const endpoint = newEndpoint(app.id);
        await actAs(opened.store, "createEndpoint").endpoints.create({
          appRef: "a-tenant",
          endpoint,
          idempotencyKey: null,
        });
        await opened.reopen();
        const { items } = await opened.store.audit.list({ window: firstPage(), filter: {} });
        const common = {
          at: START,
          actorKind: "operator_key",
          actorId: "opkey_ada",
          actorName: "Ada",
          source: "203.0.113.0/24",
          appId: app.id,
        };
        assert.deepEqual(
          items.map(({ id: _id, ...entry }) => entry),
          [
            {
              ...common,
              requestId: "req_createEndpoint",
              verb: "createEndpoint",
              ids: [endpoint.endpointId],
            },
            {
              ...common,
              requestId: "req_createApplication",
              verb: "createApplication",
              ids: [app.id],
            },
          ],
        );
      }));

    test("a reveal is an entry with its application and ids, and of an unknown application there is none", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp({ uid: "a-tenant" });
        await store.apps.create({ app, idempotencyKey: null });
        const acting = actAs(store, "reveal");
        assert.equal(await acting.audit.reveal({ appRef: "a-tenant", ids: ["msg_1"] }), true);
        assert.equal(await acting.audit.reveal({ appRef: "no", ids: ["msg_2"] }), false);
        const { items } = await store.audit.list({ window: firstPage(), filter: {} });
        assert.deepEqual(
          items.map(({ verb, appId, ids, actorName }) => ({ verb, appId, ids, actorName })),
          [{ verb: "reveal", appId: app.id, ids: ["msg_1"], actorName: "Ada" }],
        );
      }));

    test("a refused, repeated or empty change, and one without an actor, leave no entry", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp({ uid: "taken" });
        const key = { app, idempotencyKey: idempotencyKey("k") };
        await actAs(store, "first").apps.create(key);
        await actAs(store, "repeat").apps.create(key);
        const twin = { app: newApp({ uid: "taken" }), idempotencyKey: null };
        await assert.rejects(actAs(store, "refused").apps.create(twin));
        await actAs(store, "found").apps.getOrCreate(twin);
        await actAs(store, "unknown").apps.update({ ref: "no", change: { name: "x" }, now: START });
        await store.apps.update({ ref: app.id, change: { name: "Silent" }, now: START });
        assert.deepEqual(await listVerbs(store), ["first"]);
      }));

    test("entries are filtered and paged, newest first", () =>
      story(harness, EMPTY, async ({ store }) => {
        const [one, other] = [newApp(), newApp()];
        const create = (app: typeof one, verb: string, now = START, caller = ADA) =>
          actAs(store, verb, { now, caller }).apps.create({ app, idempotencyKey: null });
        await create(one, "a");
        await create(other, "b", START + 1, { ...ADA, id: "opkey_bob", name: "Bob" });
        const change = { ref: one.id, change: { name: "x" }, now: START };
        await actAs(store, "c", { now: START + 2 }).apps.update(change);
        assert.deepEqual(await listVerbs(store), ["c", "b", "a"]);
        assert.deepEqual(await listVerbs(store, { appId: one.id }), ["c", "a"]);
        assert.deepEqual(await listVerbs(store, { actorId: "opkey_bob" }), ["b"]);
        assert.deepEqual(await listVerbs(store, { verb: "a" }), ["a"]);
        assert.deepEqual(await listVerbs(store, { since: START + 1 }), ["c", "b"]);
        const page = await store.audit.list({ window: firstPage({ limit: 2 }), filter: {} });
        assert.equal(page.done, false);
        const after = page.items[1]?.id ?? null;
        assert.deepEqual(await listVerbs(store, {}, { after }), ["a"]);
        assert.deepEqual(await listVerbs(store, {}, { after, backward: true }), ["c"]);
      }));

    test("entries outlive their application and go after 400 days", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp({ uid: "tenant-uid", name: "A tenant" });
        await actAs(store, "create").apps.create({ app, idempotencyKey: null });
        const late = { now: START + 10 * DAY };
        await actAs(store, "delete", late).apps.delete({ ref: "tenant-uid", now: START });
        await sweepAll(store, START + DAY);
        const { items } = await store.audit.list({ window: firstPage(), filter: {} });
        assert.deepEqual(
          items.map(({ verb, appId }) => [verb, appId]),
          [
            ["delete", app.id],
            ["create", app.id],
          ],
        );
        assert.ok(!/tenant/.test(JSON.stringify(items)));
        await sweepAll(store, START + 400 * DAY + 1);
        assert.deepEqual(await listVerbs(store), ["delete"]);
      }));

    test("the entry of a key names it and not its secret", () =>
      story(harness, EMPTY, async ({ store }) => {
        const key = { id: nextId("opkey_"), name: "Eve", role: "viewer" } as const;
        const secretHash = new Uint8Array([1, 2, 3]);
        const acting = actAs(store, "createOperatorKey");
        await acting.operatorKeys.create({ key: { ...key, secretHash, createdAt: START } });
        const { items } = await store.audit.list({ window: firstPage(), filter: {} });
        assert.deepEqual(
          items.map(({ ids, appId }) => ({ ids, appId })),
          [{ ids: [key.id], appId: null }],
        );
      }));
  });
}
