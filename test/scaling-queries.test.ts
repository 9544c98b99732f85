/** The queries of docs/scaling.md for monitoring a cluster, on the current schema. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Client } from "pg";
import { createPool } from "../src/store/postgres/connection.ts";
import { migrate } from "../src/store/postgres/migrations.ts";
import { createPartitions } from "../src/store/postgres/maintenance/partitions.ts";
import { makeDatabase } from "./postgres/databases.ts";

const PAGE = readFileSync(new URL("../docs/scaling.md", import.meta.url), "utf8");
const QUERIES = [...PAGE.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, query = ""]) => query);
const NOON = Date.parse("2026-11-23T12:00:00Z");

test("the queries of docs/scaling.md run, by the role that owns the store", async () => {
  await using database = await makeDatabase();
  const pool = createPool({ url: database.url, size: 2, connectTimeoutMs: 10_000 });
  const preparing = { enabled: false };
  await migrate({ pool, preparing });
  await createPartitions({ pool, preparing }).ensure([NOON]);
  await pool.end();
  await database.sql("INSERT INTO node (owner, lease_until) VALUES ('one', 0)");
  await database.sql("UPDATE shard SET owner = 'one'");

  const client = new Client({ connectionString: database.url });
  await client.connect();
  const found: Record<string, unknown>[] = [];
  for (const query of QUERIES) {
    const results = [await client.query<Record<string, unknown>>(query)].flat();
    for (const { rows } of results) found.push(...rows);
  }
  await client.end();
  assert.ok(QUERIES.length >= 7, "the queries were found");
  assert.ok(found.some(({ owner, shards }) => owner === "one" && shards === "256"));
  assert.ok(
    found.some(({ day }) => day === "event_2026_11_24"),
    "tomorrow's partition is created today",
  );
});
