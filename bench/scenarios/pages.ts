/**
 * (q) and (r): every read of dashboard and portal beside millions of finished deliveries, the search index, and
 * ten open dashboards beside a full load. (q) is SQLite, (r) PostgreSQL.
 */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ENDPOINTS_PER_APP,
  EVENTS_PER_CONVERSATION,
  publishConversations,
  type Sample,
  type World,
} from "../pages/conversations.ts";
import { openDashboards, type DrivenApp } from "../pages/dashboards.ts";
import { seedPostgres } from "../pages/postgres-seed.ts";
import { listReads, timeReads, type Timed } from "../pages/reads.ts";
import { readLag, sealAll, type Sealing, untilSealed } from "../pages/seal.ts";
import { seedSqlite } from "../pages/sqlite-seed.ts";
import { ENTRY_BYTES } from "../../src/store/postgres/search/segments.ts";
import { driveClosed } from "../drive.ts";
import { monotonicMs } from "../clock.ts";
import { interleave, toRatio, toSpread } from "../pairs.ts";
import { openPostgres, SECRET_KEY } from "../postgres.ts";
import { openPublisher } from "../publisher.ts";
import { milliseconds, perSecond, showRatio, whole, type Row } from "../report.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  OUTSTANDING,
  toOptions,
  toStoreFile,
  warm,
  type Rig,
} from "../rig.ts";
import { startServer, type Server } from "../server.ts";

const DAY_MS = 86_400_000;
const DAYS = 29;
const APART_MS = 10 * 60_000;
const PAGE_WANTED_MS = 150;
const SEARCH_WANTED_MS = 50;
/** Scans of payloads end after 200 ms, and an answer says how far they came. */
const SCAN_WANTED_MS = 300;
const SHARE_WANTED = 0.03;
const KEPT_WANTED = 0.97;
const LAG_WAIT_MS = 120_000;
/** Rounds of 16 s beside dashboards: twice the time after which a page reads again while the server is busy. */
const LONGER_ROUNDS = 4;
const OPENING_MS = 1_000;

type Sizes = { readonly indexBytes: number; readonly allBytes: number; readonly rows: number };
type Filled = {
  readonly store: string;
  readonly deliveries: number;
  readonly seededMs: number;
  readonly sealing: Sealing;
  readonly sizes: Sizes;
  readonly world: World;
  readonly samples: readonly Sample[];
  start(): Promise<Server>;
};

export async function measurePages(rig: Rig): Promise<readonly Row[]> {
  const name = "pages";
  const before = await startServer(toOptions(rig, name));
  const world = await publishConversations(rig, before);
  await before.stop();
  const { conversations, deliveries } = toAmounts(rig.amounts.pagesDeliveries);
  const file = toStoreFile(rig, name);
  console.log(`seeding ${whole(deliveries)} finished deliveries …`);
  const startedAt = monotonicMs();
  const now = Date.now();
  const samples = seedSqlite({
    file,
    world,
    conversations,
    oldestAt: now - DAYS * DAY_MS,
    newestAt: now,
  });
  const seededMs = monotonicMs() - startedAt;
  const sealing = await sealAll(`sqlite:${file}`);
  const sizes = sizesOfFile(file);
  const filled = { store: "SQLite", deliveries, seededMs, sealing, sizes, world, samples };
  return await measureFilled(rig, "q", {
    ...filled,
    start: () => startServer(toOptions(rig, name)),
  });
}

export async function measurePostgresPages(rig: Rig): Promise<readonly Row[]> {
  await using postgres = await openPostgres(rig);
  const database = await postgres.makeDatabase();
  const start = (): Promise<Server> =>
    startServer({ ...toOptions(rig, "pages-postgres"), settings: database.settings });
  const before = await start();
  const world = await publishConversations(rig, before);
  await before.stop();
  const { conversations, deliveries } = toAmounts(rig.amounts.pagesPostgresDeliveries);
  console.log(`seeding ${whole(deliveries)} finished deliveries …`);
  const startedAt = monotonicMs();
  await postgres.restart("seeding");
  // The ids of rows have their minute, and the published conversations are in the latest ones.
  const now = Date.now() - APART_MS;
  const samples = await seedPostgres({
    database,
    world,
    conversations,
    oldestAt: now - DAYS * DAY_MS,
    newestAt: now,
  });
  await database.sql("VACUUM (ANALYZE, FREEZE)");
  await postgres.restart("measuring");
  const seededMs = monotonicMs() - startedAt;
  const { cpuMs: cpuBefore } = await database.usage();
  const own = await sealAll(database.url, Buffer.from(SECRET_KEY, "base64"));
  const { cpuMs, diskBytes } = await database.usage();
  const [row] = await database.sql(
    `SELECT sum(pg_total_relation_size(inhrelid)) AS bytes, (SELECT sum(octet_length(names)) / ${ENTRY_BYTES} FROM seen) AS rows
     FROM pg_inherits WHERE inhparent = 'seen'::regclass`,
  );
  return await measureFilled(rig, "r", {
    store: `PostgreSQL ${postgres.version}`,
    deliveries,
    seededMs,
    sealing: { ...own, cpuMs: own.cpuMs + cpuMs - cpuBefore },
    sizes: { indexBytes: Number(row?.["bytes"]), allBytes: diskBytes, rows: Number(row?.["rows"]) },
    world,
    samples,
    start,
  });
}

function toAmounts(wanted: number): { conversations: number; deliveries: number } {
  const perConversation = EVENTS_PER_CONVERSATION * ENDPOINTS_PER_APP;
  const conversations = Math.ceil(wanted / perConversation);
  return { conversations, deliveries: conversations * perConversation };
}

function sizesOfFile(file: string): Sizes {
  const db = new DatabaseSync(file, { readOnly: true });
  const one = (text: string) => Number(Object.values(db.prepare(text).get() ?? {})[0]);
  const indexBytes = one("SELECT sum(pgsize) FROM dbstat WHERE name = 'seen'");
  const allBytes = one("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  const rows = one("SELECT count(*) FROM seen");
  db.close();
  return { indexBytes, allBytes, rows };
}

async function measureFilled(rig: Rig, letter: string, filled: Filled): Promise<readonly Row[]> {
  const rows = [...describe(filled), await measureIdle(rig, filled)];
  const server = await filled.start();
  try {
    const timed = await timeReads(server, listReads(filled.world), filled.samples);
    rows.push(...timed.map(toReadRow));
    rows.push({
      what: "resident memory after all reads",
      figure: `${whole(server.memory().residentMiB)} MiB`,
    });
    rows.push(...(await measureBeside(rig, server, filled)));
  } finally {
    await server.stop();
  }
  return rows.map((row) => ({ ...row, what: `(${letter}) ${row.what}` }));
}

function describe({ store, deliveries, seededMs, sealing, sizes }: Filled): readonly Row[] {
  const events = deliveries / ENDPOINTS_PER_APP;
  const share = sizes.indexBytes / sizes.allBytes;
  return [
    {
      what: `${store}, ${whole(deliveries)} finished deliveries of ${whole(events)} events`,
      figure: `${whole(sizes.allBytes / 2 ** 20)} MiB, seeded in ${whole(seededMs / 1000)} s`,
    },
    {
      what: "search index: CPU time of adding an event",
      figure: `${((sealing.cpuMs * 1000) / events).toFixed(1)} µs; ${whole((events / sealing.tookMs) * 1000)} events/s without pauses`,
    },
    {
      what: "longest slice of the sweep",
      figure: `${milliseconds(sealing.longestMs)} of ${whole(sealing.slices)} slices`,
    },
    {
      what: "search index: size",
      figure: `${whole(sizes.indexBytes / 2 ** 20)} MiB, ${(share * 100).toFixed(1)} %; ${(sizes.rows / events).toFixed(1)} names per event`,
      wanted: `< ${SHARE_WANTED * 100} %`,
      reached: share < SHARE_WANTED,
    },
  ];
}

function toReadRow({ read, p50, p95, p95OfTwo }: Timed): Row {
  const { isSearch, isScan } = read;
  const wantedMs = isScan ? SCAN_WANTED_MS : isSearch ? SEARCH_WANTED_MS : PAGE_WANTED_MS;
  return {
    what: read.name,
    figure: `p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}; two at once p95 ${milliseconds(p95OfTwo)}`,
    wanted: `p95 ≤ ${wantedMs} ms`,
    reached: p95 <= wantedMs,
  };
}

/** The server has done nothing else. */
async function measureIdle(rig: Rig, filled: Filled): Promise<Row> {
  const { idleMs } = rig.amounts;
  const server = await filled.start();
  try {
    await sleep(idleMs);
    const before = server.memory().residentMiB;
    const { world, samples } = filled;
    const [full] = world.apps as [DrivenApp];
    const dashboards = await openDashboards(server, world, { samples, driven: full });
    await sleep(idleMs);
    const beside = server.memory().residentMiB;
    await dashboards.close();
    return {
      what: "resident memory, idle → ten dashboards that read",
      figure: `${whole(before)} MiB → ${whole(beside)} MiB`,
    };
  } finally {
    await server.stop();
  }
}

/** (c) with and without ten dashboards in turn, and the lag of the index during and after a minute of (c). */
async function measureBeside(rig: Rig, server: Server, filled: Filled): Promise<readonly Row[]> {
  const { sink, amounts } = rig;
  const driven = await makeDrivenApp(rig, server);
  const { world, samples } = filled;
  const publisher = await openPublisher({
    url: server.url,
    token: server.token,
    app: driven.id,
    eventsPerPublish: BATCH_EVENTS,
    connections: BATCH_CONNECTIONS,
    numbers: { next: 1 },
  });
  const cpu: Record<"without" | "with", number[]> = { without: [], with: [] };
  const roundMs = LONGER_ROUNDS * amounts.roundMs;
  const load = { publisher, sink, outstanding: OUTSTANDING };
  const drive = async (side: "without" | "with", durationMs: number): Promise<number> => {
    const before = server.cpuMs();
    const { receipts, perSecond } = await driveClosed({ ...load, durationMs });
    cpu[side].push(((server.cpuMs() - before) / receipts) * 1000);
    return perSecond;
  };
  let reads = 0;
  try {
    await warm(rig, publisher);
    const values = await interleave(
      {
        without: () => drive("without", roundMs),
        with: async () => {
          const dashboards = await openDashboards(server, world, { samples, driven });
          // The figure is about open ones.
          await sleep(OPENING_MS);
          const before = dashboards.reads();
          const rate = await drive("with", roundMs);
          reads += dashboards.reads() - before;
          await dashboards.close();
          return rate;
        },
      },
      amounts.rounds,
    );
    const kept = toRatio(values.with, values.without);
    const more = toRatio(cpu.with, cpu.without);
    await driveClosed({ ...load, durationMs: amounts.idleMs });
    const lag = await readLag(server);
    const caughtUpMs = await untilSealed(server, LAG_WAIT_MS);
    const seconds = (amounts.rounds * roundMs) / 1000;
    return [
      { what: "(c) without dashboards", figure: perSecond(toSpread(values.without), "events") },
      {
        what: "(c) with ten dashboards",
        figure: `${perSecond(toSpread(values.with), "events")}; ${showRatio(kept)} of without; ${(reads / seconds).toFixed(1)} reads/s`,
        wanted: `≥ ${KEPT_WANTED} of without`,
        reached: kept.median >= KEPT_WANTED,
      },
      {
        what: "CPU time of the server per 1,000 events",
        figure: `${whole(toSpread(cpu.without).median)} ms → ${whole(toSpread(cpu.with).median)} ms; ${showRatio(more)}`,
      },
      {
        what: `search index behind after ${whole(amounts.idleMs / 1000)} s of (c)`,
        figure: `${lag.toFixed(1)} s; caught up ${caughtUpMs === null ? "not" : `${(caughtUpMs / 1000).toFixed(1)} s`} later`,
        wanted: "catches up",
        reached: caughtUpMs !== null,
      },
    ];
  } finally {
    publisher.close();
  }
}

async function makeDrivenApp(rig: Rig, server: Server): Promise<DrivenApp> {
  const id = String((await server.call("POST", "/app", { name: "driven" }))["id"]);
  const url = `${rig.sink.origin}/driven`;
  const { id: endpoint } = await server.call("POST", `/app/${id}/endpoint`, { url });
  return { id, endpoints: [String(endpoint)] };
}
