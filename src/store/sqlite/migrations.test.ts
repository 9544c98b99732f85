import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { openConnection, MEMORY } from "./connection.ts";
import { migrate } from "./migrations.ts";

const BEFORE_NAMES = [
  "2026-11-22-first",
  "2026-11-29-signature-headers",
  "2026-11-29-resent",
  "2026-11-29-snowflakes",
  "2026-11-29-usernames",
  "2026-11-29-userinfo",
];
const TABLES = ["endpoint", "endpointSecret", "dialectState", "event", "tally", "tallyTotal"];

test("a store from before the columns were renamed keeps its rows under the present names", () => {
  const old = openConnection({ path: MEMORY, readOnly: false });
  old.db.exec(
    "CREATE TABLE migration (name TEXT PRIMARY KEY, ordinal INTEGER NOT NULL UNIQUE) STRICT",
  );
  for (const [ordinal, name] of BEFORE_NAMES.entries()) {
    old.db.exec(readFileSync(new URL(`./migrations/${name}.sql`, import.meta.url), "utf8"));
    old.sql("INSERT INTO migration (name, ordinal) VALUES (?, ?)").run(name, ordinal);
  }
  old.db.exec(
    `INSERT INTO app (seq, id, name, metadata, test, createdAt, updatedAt)
     VALUES (1, 'app_1', 'A', '{}', 0, 0, 0);
     INSERT INTO dialectState (appSeq, dialect, sealed) VALUES (1, 'sendblue', x'0102')`,
  );
  migrate(old);
  const state = old.sql("SELECT encrypted FROM dialectState").get();
  assert.deepEqual(state?.["encrypted"], new Uint8Array([1, 2]));

  const fresh = openConnection({ path: MEMORY, readOnly: false });
  migrate(fresh);
  for (const table of TABLES) {
    const columns = ({ db }: typeof fresh) => db.prepare(`PRAGMA table_info(${table})`).all();
    assert.deepEqual(columns(old), columns(fresh), table);
    assert.ok(columns(fresh).length > 0, table);
  }
});
