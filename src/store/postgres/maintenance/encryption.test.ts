import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { makeDatabase } from "../../../../test/postgres/databases.ts";
import { createPool, type Connection } from "../connection.ts";
import { migrate } from "../migrations.ts";
import { ENCRYPTED_PLACES } from "../../maintenance/encrypted-places.ts";
import { finishRotation, registerKeys } from "../../maintenance/encryption.ts";
import { registerKeysUsed } from "../../maintenance/store-keys.ts";
import { runSteps, toSession } from "../session.ts";
import { type Database, writeTransaction } from "../transaction.ts";

async function openDatabase(url: string): Promise<Database> {
  const pool = createPool({ url, size: 4, connectTimeoutMs: 10_000 });
  const database = { pool, preparing: { enabled: true } };
  await migrate(database);
  return database;
}

test("every column with encrypted values is part of a key rotation", async () => {
  await using made = await makeDatabase();
  const { pool } = await openDatabase(made.url);
  await pool.end();
  const columns = await made.sql(
    `SELECT table_name || '.' || column_name AS place FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name LIKE 'encrypted%'`,
  );
  const listed = ENCRYPTED_PLACES.map(({ table, column }) => `${table}.${column}`);
  assert.deepEqual(new Set(listed), new Set(columns.map(({ place }) => place)));
});

async function registerUse(tx: Connection, encrypted: readonly (Uint8Array | null)[]) {
  await runSteps(registerKeysUsed(toSession(tx), encrypted));
}

test("no value is kept that only a retired key can decrypt", async () => {
  await using made = await makeDatabase();
  const database = await openDatabase(made.url);
  const write = async (work: (tx: Connection) => Promise<unknown>) =>
    await writeTransaction(database, work);
  const encrypted = (keyId: number) => Buffer.concat([Uint8Array.of(keyId), randomBytes(40)]);
  const keep = async (keyId: number) =>
    await write((tx) => registerUse(tx, [null, encrypted(keyId)]));
  await keep(9);
  await write((tx) => runSteps(registerKeys(toSession(tx), { fingerprint: "a1", previous: null })));
  await keep(1);
  await assert.rejects(keep(2), { code: "internal" });
  await write((tx) => runSteps(registerKeys(toSession(tx), { fingerprint: "b2", previous: "a1" })));
  await keep(1);
  await keep(2);

  // The rotation waits for a transaction that has registered its keys and not yet committed.
  const settle = async () =>
    await write((tx) => runSteps(finishRotation(toSession(tx), { fingerprint: "b2" })));
  const settling = await writeTransaction(database, async (tx) => {
    await registerUse(tx, [encrypted(1)]);
    const promise = settle();
    await untilLockWait(tx);
    return { promise };
  });
  await settling.promise;
  await assert.rejects(keep(1), { code: "internal", message: /b2/ });
  await keep(2);
  await database.pool.end();
});

/** The test runner has a deadline. */
async function untilLockWait(connection: Connection): Promise<void> {
  for (;;) {
    const waiting = await connection.sql("SELECT 1 FROM pg_locks WHERE NOT granted");
    if (waiting.length > 0) return;
  }
}

test("when two nodes register different first keys at once, one is refused", async () => {
  await using made = await makeDatabase();
  const database = await openDatabase(made.url);
  const registerKey = async (fingerprint: string) =>
    await writeTransaction(database, (connection) =>
      runSteps(registerKeys(toSession(connection), { fingerprint, previous: null })),
    );
  for (let round = 0; round < 10; round++) {
    await made.sql("DELETE FROM setting");
    const results = await Promise.allSettled(["a1", "b2"].map(registerKey));
    const refused = results.filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 1);
    assert.equal((refused[0] as PromiseRejectedResult).reason.code, "internal");
    assert.deepEqual(
      await Promise.all(["c3", "c3"].map((key) => registerKey(key).catch(() => null))),
      [null, null],
    );
  }
  await database.pool.end();
});
