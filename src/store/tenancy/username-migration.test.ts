/** Usernames that an earlier version wrote, migrated to the form of `normalUsername`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makeDatabase } from "../../../test/postgres/databases.ts";
import { normalUsername } from "../../core/messages/username.ts";
import { createPool } from "../postgres/connection.ts";
import { migrate as migrateDatabase } from "../postgres/migrations.ts";
import { MEMORY, openConnection } from "../sqlite/connection.ts";
import { migrate as migrateFile } from "../sqlite/migrations.ts";

type Line = { readonly number: string; readonly username: string; readonly kept: string | null };

/** Lines in the order of registration; `kept` is null for a line that loses its username to another. */
const LINES: readonly Line[] = [
  { number: "+12065550100", username: "2065550199", kept: null },
  { number: "+12065550199", username: "+12065550199", kept: "+12065550199" },
  { number: "+12065550101", username: "12065550199", kept: null },
  { number: "+12065550102", username: "PTN:/206-555-0150", kept: "+12065550150" },
  { number: "+12065550103", username: "0012065550150", kept: null },
  { number: "+442079460999", username: "442079460999", kept: "+442079460999" },
  ...["Desk", "123456", "02079460999", "+1", "ptn:/desk", "+120655501234567"].map(
    (username, i) => ({
      number: `+1206555020${i}`,
      username,
      kept: username,
    }),
  ),
];

const expected = LINES.map(({ kept }, index) => kept ?? `line_${index}`);
const toSql = (store: string): string =>
  readFileSync(new URL(`../${store}/migrations/2026-11-29-usernames.sql`, import.meta.url), "utf8");

test("the program computes the usernames of these cases", () => {
  for (const { username, kept } of LINES) {
    if (kept !== null) assert.equal(normalUsername(username), kept);
  }
});

test("numeric usernames of a SQLite store get one form, each on one line", () => {
  const { db, sql } = openConnection({ path: MEMORY, readOnly: false });
  migrateFile({ db, sql } as never);
  db.exec("PRAGMA foreign_keys = OFF");
  for (const [index, { number, username }] of LINES.entries()) {
    sql(
      `INSERT INTO line (appSeq, number, deviceId, lineId, username, createdAt, registeredAt)
       VALUES (1, ?, ?, ?, ?, 0, ?)`,
    ).run(number, index, `line_${index}`, username, index);
  }
  db.exec(`BEGIN; ${toSql("sqlite")} COMMIT;`);
  const rows = sql("SELECT username FROM line ORDER BY seq").all();
  assert.deepEqual(
    rows.map((row) => row["username"]),
    expected,
  );
});

test("numeric usernames of a PostgreSQL store get one form, each on one line", async () => {
  await using database = await makeDatabase();
  const pool = createPool({ url: database.url, size: 1, connectTimeoutMs: 5_000 });
  await migrateDatabase({ pool, preparing: { enabled: true } });
  await pool.end();
  await database.sql("ALTER TABLE line DROP CONSTRAINT line_app_seq_fkey");
  for (const [index, { number, username }] of LINES.entries()) {
    await database.sql(
      `INSERT INTO line (app_seq, number, device_id, line_id, username, created_at, registered_at)
       VALUES (1, $1, $2, $3, $4, 0, $2)`,
      [number, index, `line_${index}`, username],
    );
  }
  await database.sql(`BEGIN; ${toSql("postgres")} COMMIT;`);
  const rows = await database.sql("SELECT username FROM line ORDER BY seq");
  assert.deepEqual(
    rows.map((row) => row["username"]),
    expected,
  );
});
