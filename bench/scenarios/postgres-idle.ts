/** (m) the statements of an idle node on PostgreSQL, with a LISTEN connection and without. */
import { setTimeout as sleep } from "node:timers/promises";
import { startCluster, type Cluster } from "../cluster.ts";
import { describePostgres, openPostgres, type Database } from "../postgres.ts";
import { makeTemplate } from "../postgres-seed.ts";
import type { Row } from "../report.ts";
import type { Rig } from "../rig.ts";

const QUERIES_WANTED = 2;
const TOP = 40;

export async function measureIdle(rig: Rig): Promise<readonly Row[]> {
  await using postgres = await openPostgres(rig);
  const { idleMs } = rig.amounts;
  const listening = await postgres.makeDatabase();
  const polling = await postgres.makeDatabase();
  const clusters: Cluster[] = [];
  try {
    clusters.push(await startCluster(rig, "listening", { settings: listening.settings }));
    clusters.push(
      await startCluster(rig, "looking", {
        settings: { ...polling.settings, HOOKLINE_PG_LISTEN_URL: "off" },
      }),
    );
    // Days are created, shards are leased, and the first polls are over.
    for (const [i, database] of [listening, polling].entries()) {
      await makeTemplate(rig, clusters[i] as Cluster, database);
    }
    await sleep(Math.min(15_000, idleMs));
    await postgres.resetCounts();
    const [ofListening, ofLooking] = await Promise.all([
      countAsked(listening, idleMs),
      countAsked(polling, idleMs),
    ]);
    const toRow = (what: string, asked: Asked): Row =>
      postgres.countsStatements
        ? {
            what: `(m) an idle node, ${what}`,
            figure: `${asked.all.toFixed(2)} queries/s, begin and commit included (${asked.statements.toFixed(2)} statements, ${asked.transactions.toFixed(2)} transactions)`,
            wanted: `≤ ${QUERIES_WANTED} queries/s`,
            reached: asked.all <= QUERIES_WANTED,
          }
        : { what: `(m) an idle node, ${what}`, figure: "not counted" };
    return [
      describePostgres(postgres),
      toRow("with LISTEN", ofListening),
      toRow("polling only", ofLooking),
    ];
  } finally {
    for (const cluster of clusters) await cluster.stop();
  }
}

type Asked = { readonly statements: number; readonly transactions: number; readonly all: number };

/** Per second. */
async function countAsked(database: Database, durationMs: number): Promise<Asked> {
  const before = await database.usage();
  await sleep(durationMs);
  const after = await database.usage();
  const seconds = (after.at - before.at) / 1000;
  const statements = (after.statements - before.statements) / seconds;
  const transactions = (after.transactions - before.transactions) / seconds;
  const top = await database.topStatements(TOP, "calls");
  console.log(`${database.name}, ${seconds.toFixed(0)} s idle\n${top.join("\n")}`);
  return { statements, transactions, all: statements + 2 * transactions };
}
