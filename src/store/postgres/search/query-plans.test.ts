import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, before, test } from "node:test";
import type { Pool, PoolClient } from "pg";
import { makeApp, receivedText } from "../../../../test/contract/store/fixtures.ts";
import { START, toStoreOptions } from "../../../../test/contract/store/harness.ts";
import { DAY, firstPage, publishAt } from "../../../../test/contract/store/steps.ts";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import type { EventSearch } from "../../interface/history.ts";
import type { HistorySession } from "../../history/session.ts";
import { listTexts } from "../../history/texts.ts";
import { searchInApp } from "../../search/find-in-app.ts";
import { listFoundEvents } from "../../search/found-events.ts";
import type { Steps } from "../../session.ts";
import type { Store } from "../../store.ts";
import { firstRowId } from "../accept/row-ids.ts";
import type { Node } from "../cluster/node.ts";
import { type Connection, createPool, toConnection } from "../connection.ts";
import { toHistorySession } from "../history/session.ts";
import { openPostgres } from "../open.ts";
import { runSteps } from "../session.ts";

const DAYS = 10;
const ADA = "+12065550101";
/** All names that the box can have: a number, and ids of every form. */
const QUERIES = [
  ADA,
  "m-9",
  "033f9d3c-0001-4c4e-9b1a-000000000001",
  "2".repeat(27),
  "1".repeat(18),
];
/** Statements of a search, with the reads of the application and of the plan's choice. */
const MOST_STATEMENTS = 18;

type Statement = { readonly text: string; readonly values: readonly unknown[] };
type Plan = {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Loops": number;
  readonly "Actual Rows": number;
  readonly Plans?: readonly Plan[];
};

let made: TestDatabase;
let pool: Pool;
let client: PoolClient;
let nodes: Store[];
let appRef: string;

before(async () => {
  made = await makeDatabase();
  const open = async () =>
    await openPostgres(
      made.url,
      toStoreOptions(() => 0, {}),
    );
  nodes = [await open(), await open()];
  const [store] = nodes as [Store];
  appRef = (await makeApp(store)).app.id;
  for (let day = 0; day < DAYS; day++) {
    const text = receivedText({ id: `m-${day}`, from: ADA, to: "+12065550199" });
    await publishAt(store, appRef, START + day * DAY, text);
  }
  pool = createPool({ url: made.url, size: 1, connectTimeoutMs: 10_000 });
  client = await pool.connect();
  // The tail is the last day.
  await client.query("INSERT INTO setting (name, value) VALUES ('search.sealedTo', $1)", [
    firstRowId(START + (DAYS - 1) * DAY),
  ]);
});
after(async () => {
  client.release();
  await pool.end();
  for (const node of nodes) await node[Symbol.asyncDispose]();
  await made[Symbol.asyncDispose]();
});

/** The statements of a query, inside a transaction that reads as a node does. */
async function record<T>(
  query: (s: HistorySession) => Steps<T | null>,
): Promise<{ statements: Statement[]; answer: T }> {
  const statements: Statement[] = [];
  const connection = toConnection(client, { enabled: false });
  const sql: Connection["sql"] = (text, values = []) => {
    statements.push({ text, values });
    return connection.sql(text, values);
  };
  const node = { horizon: () => 0, testClock: null } as Node;
  await client.query("BEGIN READ ONLY; SET LOCAL enable_seqscan = off");
  const answer = await runSteps(query(toHistorySession({ ...connection, sql, node })));
  await client.query("ROLLBACK");
  return { statements, answer: answer ?? assert.fail() };
}

const search = async (query: string) => await record((s) => searchInApp(s, { appRef, query }));

/** The nodes of the one plan for all values that were executed. */
async function explain({ text, values }: Statement): Promise<readonly Plan[]> {
  await client.query("BEGIN; SET LOCAL enable_seqscan = off");
  await client.query("SET LOCAL plan_cache_mode = force_generic_plan");
  await client.query(`PREPARE looked_at AS ${text}`);
  const given = values.length === 0 ? "" : `(${values.map(toLiteral).join(", ")})`;
  const { rows } = await client.query<{ "QUERY PLAN": readonly { Plan: Plan }[] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE looked_at${given}`,
  );
  await client.query("DEALLOCATE looked_at; ROLLBACK");
  const listNodes = (plan: Plan): readonly Plan[] => [
    plan,
    ...(plan.Plans ?? []).flatMap(listNodes),
  ];
  const [answer] = rows[0]?.["QUERY PLAN"] ?? [];
  return listNodes((answer ?? assert.fail()).Plan).filter((one) => one["Actual Loops"] > 0);
}

function toLiteral(value: unknown): string {
  if (value === null || typeof value === "number") return String(value);
  if (!Array.isArray(value)) return `'${value as string}'`;
  const elements = value.map((one) =>
    Buffer.isBuffer(one) ? `"\\\\x${one.toString("hex")}"` : `"${one}"`,
  );
  return `'{${elements.join(",")}}'`;
}

/** The days of the table that were read, in their order. */
function listDays(plan: readonly Plan[], table: string): readonly string[] {
  const names = plan.flatMap((one) => one["Relation Name"] ?? []);
  return names.filter((name) => name.startsWith(`${table}_2`));
}

test("a search of the box is few statements, each of which searches indexes (I4)", async () => {
  for (const query of QUERIES) {
    const { statements } = await search(query);
    assert.ok(statements.length <= MOST_STATEMENTS, `${query}: ${statements.length} statements`);
    for (const statement of statements) {
      const scans = (await explain(statement)).filter((one) => one["Node Type"] === "Seq Scan");
      assert.deepEqual(scans, [], statement.text);
    }
  }
});

test("a search reads the newest events of the last day only, and the index of each day in its order", async () => {
  const { statements, answer } = await search(ADA);
  assert.equal(answer.hits.filter(({ kind }) => kind === "text").length, 1);
  const tail = statements.filter(({ text }) => /app_seq = \$1 AND position >= \$2/.test(text));
  assert.equal(tail.length, 2);
  for (const statement of tail) {
    const days = listDays(await explain(statement), "event");
    assert.ok(days.includes(toTable("event", DAYS - 1)));
    assert.ok(!days.includes(toTable("event", DAYS - 2)), String(days));
  }
  const [index, ...more] = statements.filter(({ text }) => text.includes("FROM seen"));
  assert.ok(index !== undefined && more.length === 0);
  const plan = await explain(index);
  // The days are read one after the other, so the newest names need no other day.
  const days = listDays(plan, "seen");
  assert.ok(days.length >= DAYS, String(days));
  assert.deepEqual(days, days.toSorted().toReversed());
  assert.ok(plan.every((one) => one["Node Type"] !== "Merge Append"));
  const sorts = plan.filter((one) => one["Node Type"].includes("Sort"));
  assert.equal(sorts.length, 1, "only the rows that the search returns are sorted");
});

function toTable(table: string, day: number): string {
  return `${table}_${new Date(START + day * DAY).toISOString().slice(0, 10).replaceAll("-", "_")}`;
}

test("a search loads no event that contains its text as a part of a name", async () => {
  for (const [query, rows] of [
    [ADA, 1],
    [ADA.slice(1, -1), 0],
    [ADA.slice(-4), 0],
  ] as const) {
    const { statements } = await search(query);
    const tail = statements.find(({ text }) => /^SELECT position.*participants/.test(text));
    const [all] = await explain(tail ?? assert.fail());
    assert.equal(all?.["Actual Rows"], rows, query);
  }
});

test("pages of texts and events walk the indexes of the days, with one plan for all values (I4)", async () => {
  const page = { appRef, window: firstPage(), now: START };
  const events = (search: EventSearch) =>
    record((s) => listFoundEvents(s, { ...page, filter: {}, search, withMarks: true }));
  const pages = [
    await record((s) => listTexts(s, { ...page, filter: { marks: ["failed"] } })),
    await record((s) => listTexts(s, { ...page, filter: { number: ADA } })),
    await events({ marks: ["failed"] }),
    await events({ contains: "nowhere" }),
    await events({ field: { path: ["message", "text"], value: "Hello" } }),
  ];
  for (const { statements } of pages) {
    assert.ok(statements.every(({ text }) => !text.includes("force_custom_plan")));
    for (const statement of statements) {
      const types = (await explain(statement)).map((one) => one["Node Type"]);
      assert.ok(!types.includes("Seq Scan"), statement.text);
      if (!/ORDER BY position DESC LIMIT/.test(statement.text)) continue;
      // A sort would read every event of the application first.
      assert.ok(types.includes("Merge Append") && !types.includes("Sort"), statement.text);
    }
  }
});

test("every node finds the same", async () => {
  const found = await Promise.all(
    nodes.map(async ({ search }) => await search.inApp({ appRef, query: ADA })),
  );
  assert.ok((found[0]?.hits.length ?? 0) > 1);
  assert.deepEqual(found[1], found[0]);
});
