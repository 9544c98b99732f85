import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { makeDatabase } from "../../../test/postgres/databases.ts";
import { createPool } from "../postgres/connection.ts";
import { migrate } from "../postgres/migrations.ts";
import { DAILY_TABLES } from "../postgres/maintenance/partitions.ts";
import { firstRowId } from "../postgres/accept/row-ids.ts";
import { MEMORY, openConnection, type Connection } from "../sqlite/connection.ts";
import { migrate as migrateFile } from "../sqlite/migrations.ts";
import { copiedId, copiedIdText } from "./copied-ids.ts";
import type { CopiedTable } from "./copied-table.ts";
import { readChunk } from "./read-chunk.ts";
import { COPIED_TABLES } from "./tables.ts";

/** Tables of the serving nodes, and tables that are rebuilt: tallies in `tally_total`, and the search index. */
const NOT_COPIED =
  "endpoint_change handover migration node seen setting shard snowflake_node tally watcher".split(
    " ",
  );
const COLUMNS_OF_NODES = ["app endpoints_version", "endpoint list_version", "delivery fence"];
/** Tables of the file with the same property. */
const NOT_READ = [
  "migration",
  "setting",
  "shard",
  "tally",
  "endpointQueue",
  "snowflakeNode",
  "seen",
  "windowLog",
];
const COLUMNS_NOT_READ = ["delivery.fence", "attachment.messageSeq", "event.checksum"];

test("every column of the database is copied, or belongs to the nodes that serve", async () => {
  await using database = await makeDatabase();
  const pool = createPool({ url: database.url, size: 1, connectTimeoutMs: 5_000 });
  await migrate({ pool, preparing: { enabled: true } });
  await pool.end();
  const rows = (await database.sql(
    `SELECT table_name AS table, column_name AS column, udt_name AS type
     FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`,
  )) as { table: string; column: string; type: string }[];
  const there = rows.filter(({ table }) => !NOT_COPIED.includes(table));
  const types: Record<string, string> = {
    int8: "bigint",
    int4: "integer",
    int2: "smallint",
    bool: "boolean",
  };
  const expected = there
    .map(({ table, column, type }) => `${table} ${column} ${types[type] ?? type}`)
    .filter((text) => !COLUMNS_OF_NODES.some((name) => text.startsWith(`${name} `)));
  const copied = COPIED_TABLES.flatMap(({ name, columns }) =>
    Object.entries(columns).map(
      ([column, spec]) => `${name} ${column} ${typeof spec === "string" ? spec : spec.type}`,
    ),
  );
  assert.deepEqual(copied.toSorted(), expected.toSorted());
  const daily = COPIED_TABLES.filter(({ isDaily }) => isDaily === true).map(({ name }) => name);
  const dailyCopied = DAILY_TABLES.filter((name) => !NOT_COPIED.includes(name));
  assert.deepEqual(daily.toSorted(), dailyCopied.toSorted());
});

test("every column of the file is read, or belongs to the server that had the file open", () => {
  const connection = openFile();
  const rows = connection
    .sql(
      `SELECT tables.name AS name, columns.name AS column FROM sqlite_schema AS tables,
         pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'`,
    )
    .all() as { name: string; column: string }[];
  const read = new Map(COPIED_TABLES.map((table) => [table.source, toText(table)]));
  read.set("tallyTotal", read.get("total") as string);
  const unread = rows
    .filter(({ name }) => !NOT_READ.includes(name))
    .filter(({ name, column }) => !new RegExp(`\\b${column}\\b`).test(read.get(name) ?? ""))
    .map(({ name, column }) => `${name}.${column}`);
  assert.deepEqual(
    unread.filter((name) => !COLUMNS_NOT_READ.includes(name)),
    [],
  );
  for (const table of COPIED_TABLES) {
    assert.equal(readChunk(connection, table, { after: null, limit: 1 }).last, null);
  }
  connection.db.close();
});

test("SQL and TypeScript compute the same row id from an instant and a number", () => {
  const connection = openFile();
  // Bound JavaScript numbers arrive as floating-point values, column values do not.
  const text = copiedIdText("CAST(:instant AS INTEGER)", "CAST(:seq AS INTEGER)");
  const query = connection.sql(`SELECT ${text} AS id`);
  const numbers = fc.integer({ min: 0, max: 2 ** 40 });
  fc.assert(
    fc.property(fc.integer({ min: -60_000, max: 4e12 }), numbers, (instant, seq) => {
      const id = query.get({ instant, seq })?.["id"] as number;
      assert.equal(id, copiedId(instant, seq));
      assert.ok(id >= firstRowId(instant) && id < firstRowId(Math.max(0, instant) + 60_000));
    }),
  );
  connection.db.close();
});

test("a chunk ends at its limit, the next one continues behind its last row, and U+0000 in text is replaced", () => {
  const connection = openFile();
  connection.db.exec(`INSERT INTO app (seq, id, name, metadata, test, createdAt, updatedAt)
      VALUES (1, 'app_1', 'One', '{}', 0, 0, 0);
    INSERT INTO line (seq, appSeq, number, deviceId, createdAt) VALUES (1, 1, '+1', 2, 0);
    INSERT INTO lineSession (sessionHash, lineSeq, createdAt)
      VALUES (x'00ff', 1, 1), (x'01', 1, 2), (x'7f00', 1, 3);
    INSERT INTO eventType (name, description, archived, deprecated, createdAt, updatedAt)
      VALUES ('a' || char(0) || 'b', '', 0, 1, 0, 0)`);
  const sessions = tableNamed("line_session");
  const first = readChunk(connection, sessions, { after: null, limit: 2 });
  assert.deepEqual(first.columns[2], [1, 2]);
  const second = readChunk(connection, sessions, { after: first.last, limit: 2 });
  assert.deepEqual(second.columns[2], [3]);
  assert.equal(readChunk(connection, sessions, { after: second.last, limit: 2 }).last, null);
  const types = readChunk(connection, tableNamed("event_type"), { after: null, limit: 2 });
  assert.deepEqual(
    [types.columns[0], types.columns[2], types.columns[3]],
    [["a\uFFFDb"], [false], [true]],
  );
  connection.db.close();
});

test("a task that counts all deliveries is copied as failed while it runs", () => {
  const connection = openFile();
  connection.db.exec(`INSERT INTO app (seq, id, name, metadata, test, createdAt, updatedAt)
      VALUES (1, 'app_operator', 'Operator', '{}', 0, 0, 0)`);
  for (const [seq, kind, state] of [
    [1, "application.stats", "running"],
    [2, "application.stats", "finished"],
    [3, "event-type.aggregate", "running"],
  ]) {
    connection.db.exec(`INSERT INTO job (seq, id, appSeq, kind, state, params, low, position, high,
        done, nextAt, createdAt, updatedAt)
      VALUES (${seq}, 'j${seq}', 1, '${kind}', '${state}', '{}', 1, 5, 9, 0, 0, 0, 0)`);
  }
  const jobs = tableNamed("job");
  const { columns } = readChunk(connection, jobs, { after: null, limit: 9 });
  const column = (name: string) => columns[Object.keys(jobs.columns).indexOf(name)];
  assert.deepEqual(column("state"), ["failed", "finished", "running"]);
  assert.deepEqual(column("reason"), ["store_copied", null, null]);
  assert.deepEqual(column("position"), [5, 5, 5]);
  connection.db.close();
});

function openFile(): Connection {
  const connection = openConnection({ path: MEMORY, readOnly: false });
  migrateFile(connection);
  return connection;
}

function tableNamed(name: string): CopiedTable {
  return COPIED_TABLES.find((table) => table.name === name) as CopiedTable;
}

/** All text that the query of a table contains. */
function toText({ source, rows = "", joins = "", columns }: CopiedTable): string {
  const names = Object.entries(columns).map(([name, column]) =>
    typeof column === "string"
      ? name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      : column.from,
  );
  return [source, rows, joins, ...names].join(" ");
}
