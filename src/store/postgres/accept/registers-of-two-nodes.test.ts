import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Client } from "pg";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { fc } from "../../../../test/harness/property.ts";
import {
  LINES,
  NUMBERS,
  STEPS,
  USER_IDS,
  type PersonStep,
} from "../../../../test/contract/persons.ts";
import { personEvent } from "../../../../test/contract/store/user-ids.ts";
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

  const step = (
    number: string | null,
    userId: string | null,
    optOut: PersonStep["optOut"] = null,
  ): PersonStep => ({ line: LINES[0], number, userId, optOut });

  /** Every row of contacts and conversations, and a sentence for each alias that leads nowhere. */
  async function persons(appId: string) {
    const of = `JOIN app ON app.seq = app_seq WHERE app.id = '${appId}'`;
    const contacts = (await database.sql(`SELECT number, record FROM contact ${of}`)) as {
      number: string;
      record: string;
    }[];
    const conversations = (await database.sql(
      `SELECT line, contact, opted_out FROM conversation ${of}`,
    )) as { line: string; contact: string; opted_out: boolean }[];
    const aliases = (await database.sql(`SELECT user_id, address FROM contact_alias ${of}`)) as {
      user_id: string;
      address: string;
    }[];
    const found = contacts.map(({ number, record }) => ({
      number,
      ...(JSON.parse(record) as { userIds?: string[]; formerAddresses?: string[] }),
    }));
    const lost = aliases.filter(
      ({ user_id, address }) =>
        found.find(({ number }) => number === address)?.userIds?.includes(user_id) !== true,
    );
    return { found, conversations, lost };
  }

  test("two nodes that join the same contacts at once make one contact, and an opt-out beside it holds", async () => {
    const [one, two] = stores;
    for (let n = 0; n < 8; n++) {
      const { app } = await makeApp(one);
      const [number, userId] = [NUMBERS[0], USER_IDS[0]];
      await mustPublish(one, app.id, [personEvent(step(number, null))]);
      await mustPublish(one, app.id, [personEvent(step(null, userId))]);
      await Promise.all([
        mustPublish(one, app.id, [personEvent(step(number, userId))]),
        mustPublish(two, app.id, [personEvent(step(number, userId))]),
        mustPublish(two, app.id, [personEvent({ ...step(null, userId, "STOP"), line: LINES[1] })]),
        mustPublish(one, app.id, [personEvent(step(null, userId))]),
      ]);
      // A conversation that nothing has used since may still be stored under the user id.
      await mustPublish(one, app.id, [personEvent({ ...step(number, null), line: LINES[1] })]);
      const { found, conversations, lost } = await persons(app.id);
      assert.deepEqual([found.length, found[0]?.number, found[0]?.userIds], [1, number, [userId]]);
      assert.deepEqual(lost, []);
      const optedOut = conversations.filter(({ line }) => line === LINES[1]);
      assert.deepEqual(optedOut, [{ line: LINES[1], contact: number, opted_out: true }]);
    }
  });

  test("the contacts that a publish joins are locked lowest first, so two nodes cannot wait for each other", async () => {
    const [one] = stores;
    const { app } = await makeApp(one);
    // The publish names the highest address first.
    const pairs = [9, 8, 7, 6, 5].map((digit) => [`+120655501${digit}0`, `US.00000000${digit}`]);
    const lowest = "+12065550150";
    await mustPublish(
      one,
      app.id,
      pairs.flatMap(([number = "", userId = ""]) => [
        personEvent(step(number, null)),
        personEvent(step(null, userId)),
      ]),
    );
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query("BEGIN");
    await client.query("SELECT FROM contact WHERE number = $1 FOR UPDATE", [lowest]);
    const joining = mustPublish(
      one,
      app.id,
      pairs.map(([number = "", userId = ""]) => personEvent(step(number, userId))),
    );
    const waiting = "SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'";
    while ((await database.sql(waiting, [database.name])).length === 0);
    const free = await database.sql("SELECT number FROM contact FOR UPDATE SKIP LOCKED");
    assert.equal(free.length, pairs.length * 2 - 1);
    await client.query("ROLLBACK");
    await client.end();
    await joining;
    assert.equal((await persons(app.id)).found.length, pairs.length);
  });

  test("two nodes that link one user id to two numbers at once: one is refused", async () => {
    const [one, two] = stores;
    for (let n = 0; n < 8; n++) {
      const { app } = await makeApp(one);
      if (n % 2 === 1) await mustPublish(one, app.id, [personEvent(step(null, USER_IDS[0]))]);
      const results = await Promise.all([
        publish(one, app.id, [personEvent(step(NUMBERS[0], USER_IDS[0]))]),
        publish(two, app.id, [personEvent(step(NUMBERS[1], USER_IDS[0]))]),
      ]);
      const codes = results.map((result) => (result.kind === "refused" ? result.code : "accepted"));
      assert.deepEqual(codes.toSorted(), ["accepted", "conflict"]);
      const { found, lost } = await persons(app.id);
      assert.deepEqual([found.length, lost], [1, []]);
    }
  });

  test("in any publishes of two nodes at once, no user id is lost, and an opt-out without an opt-in holds", async () => {
    const steps = fc.array(fc.constantFrom(...STEPS.filter(({ optOut }) => optOut !== "UNSTOP")), {
      minLength: 4,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const { app } = await makeApp(stores[0]);
        const results = await Promise.all(
          given.map((each, n) => publish(stores[n % 2] as Store, app.id, [personEvent(each)])),
        );
        const accepted = given.filter((_, n) => results[n]?.kind === "accepted");
        const { found, conversations, lost } = await persons(app.id);
        assert.deepEqual(lost, []);
        const optedOut = (line: string, addresses: readonly string[]) =>
          conversations.some(
            (row) => row.line === line && row.opted_out && addresses.includes(row.contact),
          );
        for (const { line, number, userId, optOut } of accepted) {
          const person = found.find(
            (one) =>
              (number !== null && one.number === number) ||
              (userId !== null && one.userIds?.includes(userId) === true),
          );
          assert.ok(person !== undefined, `no contact for ${number} ${userId}`);
          const addresses = [person.number, ...(person.formerAddresses ?? [])];
          if (optOut === "STOP")
            assert.ok(optedOut(line, addresses), `${line} ${addresses.join()}`);
        }
        for (const { contact } of conversations) {
          const isOwned = found.some(
            (one) => one.number === contact || one.formerAddresses?.includes(contact) === true,
          );
          assert.ok(isOwned, `the conversation of ${contact} has no contact`);
        }
      }),
      { numRuns: 25 },
    );
  });
});
