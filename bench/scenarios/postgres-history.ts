/**
 * (l) the effect of millions of finished deliveries on one node on PostgreSQL: a full store beside an empty
 * one, measured in turn; and the time to remove its oldest day.
 */
import { statfsSync } from "node:fs";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { monotonicMs } from "../clock.ts";
import { startCluster, type Cluster } from "../cluster.ts";
import { driveClosed } from "../drive.ts";
import { interleave, toRatio, toSpread } from "../pairs.ts";
import { describePostgres, openPostgres, type Database } from "../postgres.ts";
import { makeTemplate, seedRows } from "../postgres-seed.ts";
import type { Publisher } from "../publisher.ts";
import { milliseconds, perSecond, showRatio, whole, type Row } from "../report.ts";
import { BATCH_CONNECTIONS, BATCH_EVENTS, OUTSTANDING, warm, type Rig } from "../rig.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 30;
const WINDOW_MS = 48 * HOUR_MS;
const KEPT_WANTED = 0.9;
const DROP_WANTED_MS = 1_000;
/** The disk space with indexes, and the temporary files of their construction. */
const BYTES_PER_EVENT = 2_600;
const SPARE_BYTES = 8 * 1024 ** 3;
const DAILY = ["attempt", "delivery", "message", "attachment", "event"] as const;

export async function measurePostgresHistory(rig: Rig): Promise<readonly Row[]> {
  const events = rig.amounts.postgresHistoryEvents;
  refuseSmallDisk(rig.folder, events);
  await using postgres = await openPostgres(rig);
  const filled = await postgres.makeDatabase();
  const before = await startCluster(rig, "filled", { settings: filled.settings });
  const template = await makeTemplate(rig, before, filled);
  await before.stop();
  const now = Date.now();
  console.log(`seeding ${whole(events)} finished deliveries …`);
  const startedAt = monotonicMs();
  await postgres.restart("seeding");
  await seedRows({
    database: filled,
    template,
    count: events,
    oldestAt: now - DAYS * DAY_MS,
    newestAt: now - HOUR_MS,
    dedupeWindowMs: WINDOW_MS,
  });
  await filled.sql("VACUUM (ANALYZE, FREEZE)");
  await postgres.restart("measuring");
  const { diskBytes } = await filled.usage();
  const seededS = (monotonicMs() - startedAt) / 1000;
  const clusters: Cluster[] = [];
  try {
    const { app, numbers } = before;
    const full = await startCluster(rig, "full", { settings: filled.settings, app, numbers });
    clusters.push(full);
    const { settings } = await postgres.makeDatabase();
    const fresh = await startCluster(rig, "fresh", { settings });
    clusters.push(fresh);
    const ofFull = await full.open(BATCH_EVENTS, BATCH_CONNECTIONS);
    const ofFresh = await fresh.open(BATCH_EVENTS, BATCH_CONNECTIONS);
    await warm(rig, ofFresh);
    await warm(rig, ofFull);
    const values = await interleave(
      { fresh: () => drive(rig, ofFresh), full: () => drive(rig, ofFull) },
      rig.amounts.rounds,
    );
    const kept = toRatio(values.full, values.fresh);
    const dropped = await dropBesideTraffic(rig, filled, ofFull);
    const days = `${whole(events)} finished deliveries over ${DAYS} days`;
    return [
      describePostgres(postgres),
      {
        what: `(l) ${days}, on the disk`,
        figure: `${(diskBytes / 1024 ** 3).toFixed(1)} GiB, ${whole(diskBytes / events)} bytes each; seeded in ${whole(seededS)} s`,
      },
      {
        what: "(l) batches on a fresh store",
        figure: perSecond(toSpread(values.fresh), "events"),
      },
      {
        what: `(l) batches beside ${days}`,
        figure: `${perSecond(toSpread(values.full), "events")}; ${showRatio(kept)} of fresh`,
        wanted: `≥ ${KEPT_WANTED} of fresh`,
        reached: kept.median >= KEPT_WANTED,
      },
      {
        what: `(l) dropping a day beside the traffic, slowest of ${dropped.drops.length} tables`,
        figure: `${milliseconds(Math.max(...dropped.drops))}; all steps of the sweep together ${milliseconds(dropped.sumMs)}, slowest ${milliseconds(dropped.slowestMs)}`,
        wanted: `≤ ${whole(DROP_WANTED_MS)} ms`,
        reached: Math.max(dropped.slowestMs, ...dropped.drops) <= DROP_WANTED_MS,
      },
    ];
  } finally {
    for (const cluster of clusters) await cluster.stop();
  }
}

function refuseSmallDisk(folder: string, events: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const needed = events * BYTES_PER_EVENT + SPARE_BYTES;
  if (bavail * bsize >= needed) return;
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(0)} GiB`;
  throw new Error(
    `${whole(events)} rows need ${gib(needed)} and the disk of ${folder} has ${gib(bavail * bsize)}: give another --folder, or fewer --history-rows`,
  );
}

async function drive(rig: Rig, publisher: Publisher): Promise<number> {
  const { sink, amounts } = rig;
  const durationMs = amounts.roundMs;
  return (await driveClosed({ publisher, sink, durationMs, outstanding: OUTSTANDING })).perSecond;
}

type Dropped = {
  /** Milliseconds of each step that dropped a table. */
  readonly drops: readonly number[];
  readonly slowestMs: number;
  readonly sumMs: number;
};

/** Sweeps as a node does, with a retention that the oldest days have just passed. */
async function dropBesideTraffic(
  rig: Rig,
  database: Database,
  publisher: Publisher,
): Promise<Dropped> {
  await using store = await openStore(database.url, {
    accept: {
      decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
    },
    postgres: { listenUrl: null },
    onFatal(error) {
      throw error;
    },
  });
  const over = new AbortController();
  const traffic = (async () => {
    while (!over.signal.aborted) await drive(rig, publisher);
  })();
  try {
    return await sweepOneDay(store, database);
  } finally {
    over.abort();
    await traffic;
  }
}

async function sweepOneDay(store: Store, database: Database): Promise<Dropped> {
  const retentionMs = (DAYS - 2) * DAY_MS;
  const oldest = await oldestDay(database);
  const drops: number[] = [];
  const steps: number[] = [];
  let tables = await countTables(database, oldest);
  while (tables > 0) {
    const startedAt = monotonicMs();
    await store.upkeep.sweep({
      now: Date.now(),
      retentionMs,
      dedupeWindowMs: WINDOW_MS,
      sliceMs: 10,
    });
    const tookMs = monotonicMs() - startedAt;
    steps.push(tookMs);
    const left = await countTables(database, oldest);
    if (left < tables) drops.push(tookMs);
    tables = left;
  }
  return {
    drops,
    slowestMs: Math.max(...steps),
    sumMs: steps.reduce((sum, one) => sum + one, 0),
  };
}

async function oldestDay(database: Database): Promise<string> {
  const [row] = await database.sql(
    "SELECT min(substr(relname, 7)) AS day FROM pg_class WHERE relname LIKE 'event\\_20%' AND relkind = 'r'",
  );
  return String(row?.["day"]);
}

async function countTables(database: Database, day: string): Promise<number> {
  const names = DAILY.map((table) => `${table}_${day}`);
  const [row] = await database.sql(
    "SELECT count(*) AS count FROM pg_class WHERE relname = ANY ($1)",
    [names],
  );
  return Number(row?.["count"]);
}
