import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { own, report } from "../../../../test/contract/store/completed-messages.ts";
import { makeApp, mustPublish, publish } from "../../../../test/contract/store/fixtures.ts";
import type { Store } from "../../store.ts";
import { openPostgres } from "../open.ts";

const DECIDE = {
  optOutMatch: "word",
  stopKeywords: ["stop"],
  unstopKeywords: ["start"],
  largeTextBytes: 10_000,
} as const;
const IDS = Array.from({ length: 15 }, (_, n) => `m${n}`);

describe("two nodes that write the registers at once", () => {
  let database: TestDatabase;
  let stores: readonly [Store, Store];

  beforeEach(async () => {
    database = await makeDatabase();
    const open = () =>
      openPostgres(database.url, {
        accept: { decide: DECIDE },
        leaseClock: () => 0,
        onFatal: (error) => {
          throw error;
        },
      });
    stores = [await open(), await open()];
  });
  afterEach(async () => {
    for (const store of stores) await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  async function messages(): Promise<readonly { rows: number; from_report: number }[]> {
    return (await database.sql(
      `SELECT count(*)::int AS rows, count(*) FILTER (WHERE record LIKE '%isFromReport%')::int AS from_report
       FROM message`,
    )) as never;
  }

  test("a report and the own event of its message make one message, on either node first", async () => {
    const [one, two] = stores;
    const { app } = await makeApp(one);
    await Promise.all(
      IDS.flatMap((id) => [
        mustPublish(one, app.id, [report(id, "sent")]),
        mustPublish(two, app.id, [own(id)]),
        mustPublish(one, app.id, [report(id, "delivered_to_handset")]),
      ]),
    );
    assert.deepEqual(await messages(), [{ rows: IDS.length, from_report: 0 }]);
    const rows = await database.sql("SELECT snowflake::text FROM message");
    for (const { snowflake } of rows as { snowflake: string }[]) {
      const view = await two.messages.get({ appRef: app.id, snowflake: BigInt(snowflake) });
      const { text, status } = view?.message ?? assert.fail();
      assert.deepEqual([text, status], ["own-text", "delivered_to_handset"]);
    }
    const again = await Promise.all(IDS.map((id) => publish(one, app.id, [own(id)])));
    for (const result of again) assert.equal(result.kind === "refused" && result.code, "conflict");
  });

  test("of two own events on two nodes, one completes the message and the other is a conflict", async () => {
    const [one, two] = stores;
    const { app } = await makeApp(one);
    await mustPublish(
      one,
      app.id,
      IDS.map((id) => report(id, "sent")),
    );
    const results = await Promise.all(
      IDS.flatMap((id) => stores.map((store) => publish(store, app.id, [own(id)]))),
    );
    const codes = results.map((result) => (result.kind === "refused" ? result.code : "accepted"));
    assert.equal(codes.filter((code) => code === "accepted").length, IDS.length);
    assert.equal(codes.filter((code) => code === "conflict").length, IDS.length);
    await mustPublish(
      two,
      app.id,
      IDS.map((id) => report(id, "delivered_to_handset")),
    );
    assert.deepEqual(await messages(), [{ rows: IDS.length, from_report: 0 }]);
  });
});
