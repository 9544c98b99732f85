/**
 * `/health` shows a load balancer whether publishes can be stored (I1). It fails while the database refuses
 * writes, as publishes do, and recovers with them. Liveness does not depend on the store.
 */
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "node:test";
import { startNativeApi, type NativeApi } from "../harness/native-api.ts";
import { makeDatabase, type TestDatabase } from "../postgres/databases.ts";

const EVENT = { eventType: "invoice.paid", payload: {} };
const POLL_MS = 50;
const DEADLINE_MS = 20_000;

test("on a read-only PostgreSQL database health fails while publishes do, and liveness does not", async () => {
  await using database = await makeDatabase();
  await using api = await startNativeApi({ HOOKLINE_STORE: database.url });
  await api.svix.application.create({ name: "Read only", uid: "ro" });
  const publish = async () => (await api.call("POST", "/app/ro/msg", { body: EVENT })).status;
  assert.deepEqual([await publish(), ...(await loadHealth(api))], [202, 200, 204]);

  await database.sql(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
  await endSessions(database);
  // No publish is made: the probe alone finds the fault within a second.
  await until("the probe fails", async () => (await loadHealth(api))[0] === 503);
  assert.equal(await publish(), 503);
  assert.deepEqual(await loadHealth(api), [503, 503]);
  assert.equal((await fetch(`${api.url}/health/live`)).status, 200);

  // Sessions that began read-only stay read-only. Only new sessions can write.
  await using other = await makeDatabase();
  await other.sql(`ALTER DATABASE ${database.name} RESET default_transaction_read_only`);
  await until("publishes are stored again", async () => (await publish()) === 202);
  const answers = await Promise.all(Array.from({ length: 40 }, publish));
  assert.deepEqual(new Set(answers), new Set([202]));
  await until("health is back", async () => (await loadHealth(api))[0] === 200);
});

async function loadHealth(api: NativeApi): Promise<readonly [own: number, svix: number]> {
  const own = await fetch(`${api.url}/health`);
  return [own.status, (await api.call("GET", "/health", { token: null })).status];
}

async function endSessions(database: TestDatabase): Promise<void> {
  await database.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = $1 AND pid <> pg_backend_pid()`,
    [database.name],
  );
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + DEADLINE_MS; !(await holds()); await wait(POLL_MS)) {
    assert.ok(Date.now() < end, what);
  }
}
