/**
 * Settings that a role or a database may have on PostgreSQL. Either events are delivered in spite of them, or
 * the start is refused with a message that names the setting. An event is never accepted without being
 * delivered.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../../src/core/error.ts";
import { startNativeApi } from "../harness/native-api.ts";
import { startReceiver } from "../harness/receiver.ts";
import { makeDatabase, testPostgres, type TestDatabase } from "../postgres/databases.ts";
import { poolerVersion, startPooler } from "../postgres/pooler.ts";
import { OWNER } from "../postgres/server.ts";

/** Settings that affect only how values are printed, planned or logged. */
const HARMLESS: Readonly<Record<string, string>> = {
  bytea_output: "escape",
  DateStyle: "'German, DMY'",
  IntervalStyle: "sql_standard",
  TimeZone: "'Asia/Kathmandu'",
  client_encoding: "LATIN1",
  standard_conforming_strings: "off",
  extra_float_digits: "-15",
  quote_all_identifiers: "on",
  transform_null_equals: "on",
  row_security: "off",
  default_transaction_deferrable: "on",
  plan_cache_mode: "force_custom_plan",
  constraint_exclusion: "on",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "on",
  jit_above_cost: "0",
  work_mem: "64",
  client_min_messages: "debug5",
  statement_timeout: "'5s'",
  lock_timeout: "'1s'",
  idle_in_transaction_session_timeout: "'5s'",
  idle_session_timeout: "'15s'",
  tcp_user_timeout: "1000",
};
const REFUSED: Readonly<Record<string, string>> = {
  array_nulls: "off",
  session_replication_role: "replica",
  client_min_messages: "error",
  default_transaction_isolation: "serializable",
  default_transaction_read_only: "on",
  synchronous_commit: "off",
  exit_on_error: "on",
  statement_timeout: "'10ms'",
  lock_timeout: "'10ms'",
  idle_in_transaction_session_timeout: "'10ms'",
  idle_session_timeout: "'1s'",
  enable_indexscan: "off",
  enable_nestloop: "off",
  enable_partition_pruning: "off",
};
const TEXT = 'größer \\ "quoted" \u{1F600} \\x41';

async function setFor(database: TestDatabase, settings: Readonly<Record<string, string>>) {
  const texts = Object.entries(settings).map(
    ([name, value]) => `ALTER ROLE ${OWNER} IN DATABASE ${database.name} SET ${name} = ${value}`,
  );
  await database.sql(texts.join(";"));
}

async function deliversExactly(store: string, more: Readonly<Record<string, string>> = {}) {
  await using receiver = await startReceiver();
  await using api = await startNativeApi({ HOOKLINE_STORE: store, ...more });
  const app = await api.svix.application.create({ name: "Set otherwise" });
  await api.svix.endpoint.create(app.id, { url: receiver.url, headers: { "x-plain": "kept" } });
  await api.svix.message.create(app.id, { eventType: "invoice.paid", payload: { text: TEXT } });
  await receiver.until(() => receiver.receipts.length > 0);
  const [receipt] = receiver.receipts;
  assert.deepEqual(JSON.parse(receipt?.body.toString() ?? ""), { text: TEXT });
  assert.equal(receipt?.headers["x-plain"], "kept");
}

describe("a role's settings on PostgreSQL", () => {
  test("harmless settings, all together: events are delivered exactly", async () => {
    await using database = await makeDatabase();
    await setFor(database, HARMLESS);
    await deliversExactly(database.url);
  });

  test(
    "harmless settings behind a pooler in transaction mode",
    { skip: poolerVersion() === null && "pgbouncer is not installed" },
    async () => {
      await using database = await makeDatabase();
      await setFor(database, HARMLESS);
      await using pooler = await startPooler(await testPostgres());
      await deliversExactly(pooler.url(database.name), { HOOKLINE_PG_LISTEN_URL: "off" });
    },
  );

  test("each harmful setting refuses the start, and the message names it and the statement to run", async (t) => {
    await using database = await makeDatabase();
    const role = `ALTER ROLE ${OWNER} IN DATABASE ${database.name}`;
    await using other = await makeDatabase();
    const newer = await database.sql(
      "SELECT name FROM pg_settings WHERE name = 'transaction_timeout'",
    );
    const table = { ...REFUSED, ...(newer.length > 0 ? { transaction_timeout: "'10ms'" } : {}) };
    for (const [name, value] of Object.entries(table)) {
      await t.test(`${name} = ${value}`, async () => {
        await other.sql(`${role} SET ${name} = ${value}`);
        try {
          await assert.rejects(startNativeApi({ HOOKLINE_STORE: database.url }), (error) => {
            assert.ok(error instanceof AppError);
            assert.equal(error.code, "store_unavailable");
            assert.match(error.message, new RegExp(`\\b${name}\\b.* ${name} = |set ${name} = `));
            return true;
          });
        } finally {
          await other.sql(`${role} RESET ${name}`);
        }
      });
    }
  });

  test("a harmful setting that is made while the server runs affects no session: publishes are 503 until it is reset", async () => {
    await using database = await makeDatabase();
    await using other = await makeDatabase();
    await using api = await startNativeApi({ HOOKLINE_STORE: database.url });
    await api.svix.application.create({ name: "Running", uid: "running" });
    const publish = async () =>
      await api.call("POST", "/app/running/msg", { body: { eventType: "a.b", payload: {} } });
    await setFor(database, { array_nulls: "off" });
    await other.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}'`,
    );
    const refused = await publish();
    assert.equal(refused.status, 503);
    assert.doesNotMatch(
      refused.text,
      /array_nulls|hookline/,
      "the message is not shown to a publisher",
    );
    await other.sql(`ALTER ROLE ${OWNER} IN DATABASE ${database.name} RESET array_nulls`);
    assert.equal((await publish()).status, 202);
  });
});
