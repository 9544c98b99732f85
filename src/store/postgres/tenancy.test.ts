import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { makeDatabase, type TestDatabase } from "../../../test/postgres/databases.ts";
import {
  makeApp,
  newApp,
  newEndpoint,
  newEvent,
  newLine,
  publish,
} from "../../../test/contract/store/fixtures.ts";
import { START } from "../../../test/contract/store/harness.ts";
import type { Store } from "../store.ts";
import type { EventType } from "../interface/tenancy.ts";
import { openPostgres } from "./open.ts";

const ROUNDS = 8;

/** Concurrent operations of two nodes must end as if one had followed the other. */
describe("apps, lines and event types of two nodes on one database", () => {
  let database: TestDatabase;
  let nodes: readonly [Store, Store];

  before(async () => {
    database = await makeDatabase();
    const open = async () =>
      await openPostgres(database.url, {
        accept: {
          decide: {
            optOutMatch: "word",
            stopKeywords: ["stop"],
            unstopKeywords: ["start"],
            largeTextBytes: 10_000,
          },
        },
        onFatal: (error) => {
          throw error;
        },
      });
    nodes = [await open(), await open()];
  });
  after(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  /** Returns the code of each refusal, and "done" for each success. */
  async function collectCodes(tries: readonly Promise<unknown>[]): Promise<readonly string[]> {
    const results = await Promise.allSettled(tries);
    return results
      .map((result): string => (result.status === "rejected" ? result.reason.code : "done"))
      .toSorted((a, b) => a.localeCompare(b));
  }

  test("when two nodes create an app with one uid, one succeeds, and getOrCreate returns one app to both", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const uid = `made ${round}`;
      const made = nodes.map(({ apps }) =>
        apps.create({ app: newApp({ uid }), idempotencyKey: null }),
      );
      assert.deepEqual(await collectCodes(made), ["conflict", "done"]);
      const got = await Promise.all(
        nodes.map(({ apps }) =>
          apps.getOrCreate({ app: newApp({ uid: `got ${round}` }), idempotencyKey: null }),
        ),
      );
      assert.equal(got.filter(({ created }) => created).length, 1);
      assert.equal(got[0]?.app.id, got[1]?.app.id);
    }
  });

  test("one Idempotency-Key creates one app", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const expiresAt = START + 86_400_000;
      const idempotencyKey = { scope: "POST /app", key: `k${round}`, bodyHash: "h", expiresAt };
      const done = await Promise.all(
        [...nodes, ...nodes].map(({ apps }) => apps.create({ app: newApp(), idempotencyKey })),
      );
      assert.equal(new Set(done.map(({ value }) => value.id)).size, 1);
      assert.equal(done.filter(({ repeated }) => !repeated).length, 1);
    }
  });

  test("concurrent changes of one app are applied one after the other, and none is lost", async () => {
    const { value } = await nodes[0].apps.create({ app: newApp(), idempotencyKey: null });
    const change = async (node: Store, fields: object) =>
      await node.apps.update({ ref: value.id, change: fields, now: START });
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([
        change(nodes[0], { name: `name ${round}` }),
        change(nodes[1], { throttleRate: round + 1 }),
      ]);
      const app = await nodes[0].apps.get({ ref: value.id });
      assert.deepEqual([app?.name, app?.throttleRate], [`name ${round}`, round + 1]);
    }
  });

  test("an app's own limit that one node sets holds at once on the other, and concurrent creations keep it", async () => {
    const { app } = await makeApp(nodes[1], {});
    const publishOn = async (node: Store) => {
      const result = await publish(node, app.id, [newEvent()]);
      return result.kind === "refused" ? result.limit : result.kind;
    };
    assert.equal(await publishOn(nodes[1]), "accepted");
    const change = { pendingBytes: 1, endpoints: 4 };
    await nodes[0].apps.setLimits({ ref: app.id, change, now: START });
    assert.equal(await publishOn(nodes[1]), "pending_bytes");
    const created = [...nodes, ...nodes].map((node) =>
      node.endpoints.create({
        appRef: app.id,
        endpoint: newEndpoint(app.id),
        idempotencyKey: null,
      }),
    );
    assert.deepEqual(await collectCodes(created), ["done", "done", "done", "limit_reached"]);
    assert.equal((await nodes[1].apps.limits({ ref: app.id }))?.used.endpoints, 4);
  });

  test("an app that two nodes delete at once is deleted once", async () => {
    const { app } = await makeApp(nodes[0], {});
    const deleted = await Promise.all(
      nodes.map(({ apps }) => apps.delete({ ref: app.id, now: START })),
    );
    assert.equal(deleted.filter((done) => done).length, 1);
  });

  test("of two lines with one user name, in any case, or one number, only one is registered", async () => {
    const { app } = await makeApp(nodes[0]);
    for (let round = 0; round < ROUNDS; round++) {
      const names = await collectCodes(
        nodes.map(({ lines }, i) => {
          const username = i === 0 ? `desk ${round}` : `DESK ${round}`;
          const number = `+1206555${1000 + 2 * round + i}`;
          return lines.create({ line: newLine(app.id, { username, number }) });
        }),
      );
      assert.deepEqual(names, ["conflict", "done"]);
      const numbers = await collectCodes(
        nodes.map(({ lines }, i) => {
          const username = `other ${round} ${i}`;
          return lines.create({ line: newLine(app.id, { username, number: `+4420${round}` }) });
        }),
      );
      assert.deepEqual(numbers, ["conflict", "done"]);
    }
  });

  test("a line that is registered while its app is deleted keeps no user name", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { app } = await makeApp(nodes[0]);
      const username = `late ${round}`;
      await Promise.allSettled([
        nodes[0].lines.create({ line: newLine(app.id, { username }) }),
        nodes[1].apps.delete({ ref: app.id, now: START }),
      ]);
      const { app: other } = await makeApp(nodes[0]);
      await nodes[0].lines.create({ line: newLine(other.id, { username }) });
    }
  });

  test("a session that is opened while its line is deleted does not come back with the number", async () => {
    const { app } = await makeApp(nodes[0]);
    for (let round = 0; round < ROUNDS; round++) {
      const given = newLine(app.id, { username: "session", number: "+12065550199" });
      const line = await nodes[0].lines.create({ line: given });
      const sessionHash = createHash("sha256").update(`session ${round}`).digest();
      await Promise.all([
        nodes[0].lines.openSession({ lineId: line.id, sessionHash, now: START }),
        nodes[1].lines.delete({ appRef: app.id, ref: line.id, now: START }),
      ]);
      const again = await nodes[0].lines.create({ line: given });
      assert.equal(await nodes[0].lines.findSession({ sessionHash }), null);
      await nodes[0].lines.delete({ appRef: app.id, ref: again.id, now: START });
    }
  });

  test("when two nodes create one event type, one succeeds, and simultaneous seeding is done once", async () => {
    const sample = (name: string): EventType => ({
      name,
      description: "",
      archived: false,
      deprecated: false,
      groupName: null,
      featureFlags: null,
      custom: false,
      schemas: null,
      createdAt: START,
      updatedAt: START,
    });
    for (let round = 0; round < ROUNDS; round++) {
      const eventType = sample(`made.${round}`);
      const made = nodes.map(({ eventTypes }) =>
        eventTypes.create({ eventType, idempotencyKey: null }),
      );
      assert.deepEqual(await collectCodes(made), ["conflict", "done"]);
      const name = `put.${round}`;
      const put = await Promise.all(
        nodes.map((node) => node.eventTypes.upsert({ eventType: sample(name) })),
      );
      assert.equal(put.filter(({ created }) => created).length, 1);
      const update = async (node: Store, change: Partial<EventType>) =>
        await node.eventTypes.update({ name, change, now: START });
      await Promise.all([
        update(nodes[0], { description: "changed" }),
        update(nodes[1], { deprecated: true }),
      ]);
      const changed = await nodes[0].eventTypes.get({ name });
      assert.deepEqual([changed?.description, changed?.deprecated], ["changed", true]);
      const seeds = ["b", "a", "c"].map((letter) => sample(`${letter}.${round}`));
      await Promise.all([
        nodes[0].eventTypes.seed({ eventTypes: seeds }),
        nodes[1].eventTypes.seed({ eventTypes: seeds.toReversed() }),
      ]);
    }
  });
});
