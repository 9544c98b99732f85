/** Contract: endpoints that change as one set, by compare and swap. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type {
  Endpoint,
  EndpointSet,
  ReadSet,
  SetChange,
} from "../../../src/store/interface/endpoints.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, newEndpoint } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { HOUR, OWNER, publishAt } from "./steps.ts";
import { APP, EMPTY, story } from "./story.ts";

const LINE = "+12065550100";
const NOTHING: SetChange = { create: [], update: [], remove: [] };
const ENCRYPTED = new Uint8Array([4, 5, 6]);

function accountSet(appRef: string): EndpointSet {
  return { appRef, dialect: "sendblue", line: null };
}

function lineSet(appRef: string, line = LINE): EndpointSet {
  return { appRef, dialect: "zipwhip", line };
}

async function read(store: Store, set: EndpointSet): Promise<ReadSet> {
  return (await store.endpoints.readSet(set)) ?? assert.fail("the application is gone");
}

/** Applies the change to the current set. */
async function change(store: Store, set: EndpointSet, more: Partial<SetChange>, now = START) {
  const { token } = await read(store, set);
  const p = { ...set, token, change: { ...NOTHING, ...more }, now };
  return await store.endpoints.changeSet(p);
}

const toUrls = (endpoints: readonly Endpoint[]) => endpoints.map(({ url }) => url);
const toId = (endpoint: Endpoint | undefined) => endpoint?.endpointId ?? assert.fail();

export function testEndpointSets(harness: Harness): void {
  describe("endpoint sets", () => {
    test("one change of a set creates, updates and removes endpoints, and returns the result for each", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeApp(
          store,
          { dialect: "sendblue", url: "https://a.example/", uid: "taken" },
          { dialect: "sendblue", url: "https://b.example/" },
          { dialect: "sendblue", url: "https://c.example/" },
        );
        const set = accountSet(app.id);
        const before = await read(store, set);
        assert.deepEqual(before.endpoints, endpoints);
        assert.equal(before.appId, app.id);
        // The new endpoint has the uid of one that the same change removes.
        const made = newEndpoint(app.id, {
          dialect: "sendblue",
          url: "https://d.example/",
          uid: "taken",
        });
        const changed = await change(
          store,
          set,
          {
            remove: [toId(endpoints[0])],
            update: [{ endpointId: toId(endpoints[1]), change: { url: "https://e.example/" } }],
            create: [made],
          },
          START + 5,
        );
        assert.deepEqual(changed, [
          { ...endpoints[0], status: "deleted", version: 2, updatedAt: START + 5 },
          { ...endpoints[1], url: "https://e.example/", version: 2, updatedAt: START + 5 },
          made,
        ]);
        const after = await read(store, set);
        assert.deepEqual(after.endpoints, [changed?.[1], endpoints[2], made]);
        assert.notEqual(after.token, before.token);
      }));

    test("every publish after a change sees the new set, and the owners are notified", () =>
      story(
        harness,
        { endpoints: [{ tags: ["never"] }, {}], engine: false },
        async ({ store, app, endpoints }) => {
          const set: EndpointSet = { appRef: app.id, dialect: "svix", line: null };
          const notified: unknown[] = [];
          await store.shards.hold({ owner: OWNER, atMost: 256, leaseMs: 15_000 });
          store.shards.onChanged({ owner: OWNER, listener: (changed) => notified.push(changed) });
          await publishAt(store, app.id, START);
          assert.equal((await store.upkeep.totals()).created, 1);
          await change(store, set, {
            update: [{ endpointId: toId(endpoints[0]), change: { tags: null } }],
            remove: [toId(endpoints[1])],
            create: [newEndpoint(app.id), newEndpoint(app.id)],
          });
          assert.deepEqual(notified, [
            { endpointId: toId(endpoints[1]), version: 2 },
            { endpointId: toId(endpoints[0]), version: 2 },
          ]);
          await publishAt(store, app.id, START);
          assert.equal((await store.upkeep.totals()).created, 4);
        },
      ));

    test("a change is refused when the set has changed meanwhile in any way", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeApp(
          store,
          { dialect: "sendblue" },
          { dialect: "sendblue" },
        );
        const set = accountSet(app.id);
        const [first, second] = endpoints.map(({ endpointId }) => endpointId);
        const at = { appRef: app.id, now: START };
        const meanwhile: (() => Promise<unknown>)[] = [
          () => store.endpoints.update({ ...at, ref: first ?? "", change: { description: "x" } }),
          () => change(store, set, { state: ENCRYPTED }),
          () => change(store, set, { state: new Uint8Array([4, 5, 7]) }),
          () => change(store, set, { state: null }),
          () => change(store, set, { create: [newEndpoint(app.id, { dialect: "sendblue" })] }),
          () =>
            store.endpoints.rotateSecret({
              ...at,
              ref: first ?? "",
              encrypted: ENCRYPTED,
              overlapUntil: START + HOUR,
              authentication: ["standard-v1"],
              idempotencyKey: null,
            }),
          () => store.endpoints.update({ ...at, ref: first ?? "", change: { status: "deleted" } }),
          () => change(store, set, { remove: [second ?? ""] }),
        ];
        const tokens = new Set<string>();
        for (const step of meanwhile) {
          const { token } = await read(store, set);
          tokens.add(token);
          await step();
          const between = await read(store, set);
          const create = [newEndpoint(app.id, { dialect: "sendblue" })];
          const late = { ...set, token, change: { ...NOTHING, create }, now: START };
          assert.equal(await store.endpoints.changeSet(late), null);
          assert.deepEqual(await read(store, set), between);
        }
        // Setting the state and clearing it again results in the same set as before.
        assert.equal(tokens.size, meanwhile.length - 1);
      }));

    test("exactly one of several concurrent changes from one reading succeeds", () =>
      story(harness, APP, async ({ store, app }) => {
        const set = accountSet(app.id);
        const { token } = await read(store, set);
        const results = await Promise.all(
          Array.from({ length: 20 }, () =>
            store.endpoints.changeSet({
              ...set,
              token,
              change: { ...NOTHING, create: [newEndpoint(app.id, { dialect: "sendblue" })] },
              now: START,
            }),
          ),
        );
        assert.equal(results.filter((result) => result !== null).length, 1);
        assert.equal((await read(store, set)).endpoints.length, 1);
      }));

    test("a refused change leaves everything unchanged", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeApp(
          store,
          { dialect: "sendblue", tags: ["never"] },
          { dialect: "sendblue", tags: ["never"] },
          { dialect: "svix", uid: "taken", tags: ["never"] },
        );
        const set = accountSet(app.id);
        await change(store, set, { state: ENCRYPTED });
        const before = await read(store, set);
        const notified: unknown[] = [];
        await store.shards.hold({ owner: OWNER, atMost: 256, leaseMs: 15_000 });
        store.shards.onChanged({ owner: OWNER, listener: (changed) => notified.push(changed) });
        const [first, second, svix] = endpoints.map(({ endpointId }) => endpointId);
        const fine: Partial<SetChange> = {
          remove: [first ?? ""],
          update: [
            { endpointId: second ?? "", change: { url: "https://x.example/" }, secret: ENCRYPTED },
          ],
          create: [newEndpoint(app.id, { dialect: "sendblue" })],
          state: null,
        };
        const taken = newEndpoint(app.id, { dialect: "sendblue", uid: "taken" });
        const conflict = change(store, set, { ...fine, create: [...(fine.create ?? []), taken] });
        await assert.rejects(conflict, { code: "conflict" });
        const notFound = change(store, set, { ...fine, remove: [first ?? "", svix ?? ""] });
        await assert.rejects(notFound, { code: "not_found" });
        const native = newEndpoint(app.id, { dialect: "svix" });
        await assert.rejects(change(store, set, { ...fine, create: [native] }));
        assert.deepEqual(await read(store, set), before);
        assert.deepEqual(notified, []);
        await publishAt(store, app.id, START);
        assert.equal((await store.upkeep.totals()).created, 0);
      }));

    test("the set of a line has the endpoints of exactly that line, dialect and application", () =>
      story(harness, EMPTY, async ({ store }) => {
        const zipwhip = { dialect: "zipwhip" } as const;
        const { app, endpoints } = await makeApp(
          store,
          { ...zipwhip, lines: [LINE] },
          { ...zipwhip, lines: ["+12065550101"] },
          { ...zipwhip, lines: [LINE, "+12065550101"] },
          { ...zipwhip, lines: null },
          { dialect: "svix", lines: [LINE] },
          { ...zipwhip, lines: [LINE] },
        );
        const { app: other } = await makeApp(store, { ...zipwhip, lines: [LINE] });
        const set = lineSet(app.id);
        const indexes = async (given: EndpointSet) =>
          (await read(store, given)).endpoints.map((found) =>
            endpoints.findIndex(({ endpointId }) => endpointId === found.endpointId),
          );
        assert.deepEqual(await indexes(set), [0, 5]);
        assert.deepEqual(await indexes({ ...set, line: null }), [0, 1, 2, 3, 5]);
        const others = await read(store, lineSet(other.id));
        for (const index of [1, 2, 3, 4]) {
          const remove = change(store, set, { remove: [toId(endpoints[index])] });
          await assert.rejects(remove, { code: "not_found" });
        }
        const foreign = change(store, set, { remove: [toId(others.endpoints[0])] });
        await assert.rejects(foreign, { code: "not_found" });
        const elsewhere = newEndpoint(app.id, { ...zipwhip, lines: ["+12065550101"] });
        await assert.rejects(change(store, set, { create: [elsewhere] }));
        await change(store, set, { remove: [toId(endpoints[0]), toId(endpoints[5])] });
        assert.deepEqual(await indexes({ ...set, line: null }), [1, 2, 3]);
        assert.deepEqual(await read(store, lineSet(other.id)), others);
      }));

    test("a secret in an update replaces all previous ones", () =>
      story(harness, EMPTY, async ({ store }) => {
        const secret = (fill: number, expiresAt: number | null) => ({
          encrypted: new Uint8Array([fill]),
          createdAt: START,
          expiresAt,
        });
        const secrets = [secret(2, null), secret(1, START + HOUR)];
        const { app, endpoints } = await makeApp(store, { dialect: "sendblue", secrets });
        const set = accountSet(app.id);
        const endpointId = toId(endpoints[0]);
        const secretsAfter = async (more: { secret?: Uint8Array | null }) => {
          await change(store, set, { update: [{ endpointId, change: {}, ...more }] }, START + 9);
          return (await read(store, set)).endpoints[0]?.secrets;
        };
        assert.deepEqual(await secretsAfter({}), secrets);
        const replaced = { encrypted: ENCRYPTED, createdAt: START + 9, expiresAt: null };
        assert.deepEqual(await secretsAfter({ secret: ENCRYPTED }), [replaced]);
        assert.deepEqual(await secretsAfter({ secret: null }), []);
        assert.equal((await read(store, set)).endpoints[0]?.version, 4);
      }));

    test("the state belongs to an application and a dialect: stored, changed, cleared, and deleted with the application", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        const set = accountSet(app.id);
        const loadState = async (given: EndpointSet) => (await read(store, given)).state;
        assert.equal(await loadState(set), null);
        assert.deepEqual(await change(store, set, { state: ENCRYPTED }), []);
        assert.deepEqual(await loadState(set), ENCRYPTED);
        assert.equal(await loadState(lineSet(app.id)), null);
        assert.equal(await loadState(accountSet(other.id)), null);
        await change(store, set, { create: [newEndpoint(app.id, { dialect: "sendblue" })] });
        assert.deepEqual(await loadState(set), ENCRYPTED);
        await change(store, set, { state: null });
        assert.equal(await loadState(set), null);
        await change(store, set, { state: ENCRYPTED });
        const { token } = await read(store, set);
        await store.apps.delete({ ref: app.id, now: START });
        assert.equal(await store.endpoints.readSet(set), null);
        const late = { ...set, token, change: { ...NOTHING, state: ENCRYPTED }, now: START };
        assert.equal(await store.endpoints.changeSet(late), null);
      }));

    test("a set of more than a page is read whole, oldest first", () =>
      story(harness, APP, async ({ store, app }) => {
        const set = accountSet(app.id);
        const create = Array.from({ length: 1_200 }, (_, i) =>
          newEndpoint(app.id, { dialect: "sendblue", url: `https://x.example/${i}` }),
        );
        await change(store, set, { create });
        const { endpoints } = await read(store, set);
        assert.deepEqual(toUrls(endpoints), toUrls(create));
      }));
  });
}
