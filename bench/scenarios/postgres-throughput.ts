/**
 * (j) one node on PostgreSQL compared with one on SQLite, and two nodes with one, all on the same cores; and
 * the cost of a delivery for the database.
 */
import { startCluster, type Cluster } from "../cluster.ts";
import { driveClosed } from "../drive.ts";
import { interleave, toRatio, toSpread } from "../pairs.ts";
import { describePostgres, openPostgres, type Database, type Postgres } from "../postgres.ts";
import type { Publisher } from "../publisher.ts";
import { perSecond, showRatio, whole, type Row } from "../report.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  OUTSTANDING,
  SINGLE_CONNECTIONS,
  warm,
  type Rig,
} from "../rig.ts";

const OF_SQLITE_WANTED = 0.6;
const OF_ONE_WANTED = 0.8;
const STATEMENTS_WANTED = 0.2;
const LOCKS_WANTED = 1.2;
/** Lock waits below this limit count as none at any ratio. */
const LOCKS_UNSEEN_MS = 5;
const TOP = 60;

type Load = "singles" | "batches";
const LOADS: Readonly<Record<Load, { events: number; connections: number; what: string }>> = {
  batches: {
    events: BATCH_EVENTS,
    connections: BATCH_CONNECTIONS,
    what: `batches of ${BATCH_EVENTS}`,
  },
  singles: { events: 1, connections: SINGLE_CONNECTIONS, what: "single events" },
};
type SideName = "sqlite" | "one" | "two";

type Side = {
  readonly cluster: Cluster;
  readonly database: Database | null;
};
/** The sums of all rounds. */
type Cost = {
  deliveries: number;
  statements: number;
  transactions: number;
  walBytes: number;
  diskBytes: number;
  postgresMs: number;
  nodesMs: number;
  lockMs: number;
};

export async function measurePostgres(rig: Rig): Promise<readonly Row[]> {
  await using postgres = await openPostgres(rig);
  const sides: Partial<Record<SideName, Side>> = {};
  try {
    sides.sqlite = await openSide(rig, "beside", null, 1);
    sides.one = await openSide(rig, "one", await postgres.makeDatabase(), 1);
    sides.two = await openSide(rig, "two", await postgres.makeDatabase(), 2);
    const rows: Row[] = [describePostgres(postgres)];
    for (const load of ["batches", "singles"] as const) {
      rows.push(...(await measureLoad(rig, postgres, sides as Record<SideName, Side>, load)));
    }
    return rows;
  } finally {
    for (const side of Object.values(sides)) await side.cluster.stop();
  }
}

async function openSide(
  rig: Rig,
  name: string,
  database: Database | null,
  nodes: number,
): Promise<Side> {
  const cluster = await startCluster(rig, name, {
    nodes,
    ...(database === null ? {} : { settings: database.settings }),
  });
  return { cluster, database };
}

async function measureLoad(
  rig: Rig,
  postgres: Postgres,
  sides: Readonly<Record<SideName, Side>>,
  load: Load,
): Promise<readonly Row[]> {
  const { events, connections } = LOADS[load];
  // Connections are opened per load, because a server closes one that sends no request during another load.
  const publishers = new Map<Side, Publisher>();
  for (const side of Object.values(sides)) {
    const publisher = await side.cluster.open(events, connections);
    publishers.set(side, publisher);
    await warm(rig, publisher);
  }
  await postgres.resetCounts();
  const costs = { sqlite: noCost(), one: noCost(), two: noCost() };
  const drive = (name: SideName) => async () => {
    const publisher = publishers.get(sides[name]) as Publisher;
    return await driveSide(rig, sides[name], publisher, costs[name]);
  };
  const values = await interleave(
    { sqlite: drive("sqlite"), one: drive("one"), two: drive("two") },
    rig.amounts.rounds,
  );
  for (const publisher of publishers.values()) publisher.close();
  if (rig.profile) await showStatements(load, sides);
  const ofSqlite = toRatio(values.one, values.sqlite);
  const ofOne = toRatio(values.two, values.one);
  const { what } = LOADS[load];
  return [
    {
      what: `(j) ${what}, SQLite`,
      figure: `${perSecond(toSpread(values.sqlite), "events")}; node ${perThousand(costs.sqlite, costs.sqlite.nodesMs)}`,
    },
    {
      what: `(j) ${what}, PostgreSQL, one node`,
      figure: `${perSecond(toSpread(values.one), "events")}; ${showRatio(ofSqlite)} of SQLite`,
      wanted: `≥ ${OF_SQLITE_WANTED} of SQLite`,
      reached: ofSqlite.median >= OF_SQLITE_WANTED,
    },
    ...costRows(postgres, `(j) ${what}, one node`, costs.one, { load }),
    {
      what: `(j) ${what}, PostgreSQL, two nodes`,
      figure: `${perSecond(toSpread(values.two), "events")}; ${showRatio(ofOne)} of one node`,
      wanted: `≥ ${OF_ONE_WANTED} of one node`,
      reached: ofOne.median >= OF_ONE_WANTED,
    },
    ...costRows(postgres, `(j) ${what}, two nodes`, costs.two, { load, beside: costs.one }),
  ];
}

async function showStatements(
  load: Load,
  { one, two }: Readonly<Record<SideName, Side>>,
): Promise<void> {
  for (const [name, { database }] of Object.entries({ one, two })) {
    const top = (await database?.topStatements(TOP, "time")) ?? [];
    console.log(`${LOADS[load].what}, ${name}\n${top.join("\n")}`);
  }
}

function noCost(): Cost {
  return {
    deliveries: 0,
    statements: 0,
    transactions: 0,
    walBytes: 0,
    diskBytes: 0,
    postgresMs: 0,
    nodesMs: 0,
    lockMs: 0,
  };
}

/** Returns events a second, and adds the cost to `cost`. */
async function driveSide(rig: Rig, side: Side, publisher: Publisher, cost: Cost): Promise<number> {
  const { cluster, database } = side;
  const { sink } = rig;
  const before = await database?.usage();
  const locks = database?.watchLocks();
  const cpuBefore = cluster.cpuMs();
  const run = await driveClosed({
    publisher,
    sink,
    durationMs: rig.amounts.roundMs,
    outstanding: OUTSTANDING,
  });
  cost.nodesMs += cluster.cpuMs() - cpuBefore;
  cost.deliveries += run.receipts;
  const waiting = await locks?.stop();
  const after = await database?.usage();
  if (before !== undefined && after !== undefined && waiting !== undefined) {
    cost.statements += after.statements - before.statements;
    cost.transactions += after.transactions - before.transactions;
    cost.walBytes += after.walBytes - before.walBytes;
    cost.diskBytes += after.diskBytes - before.diskBytes;
    cost.postgresMs += after.cpuMs - before.cpuMs;
    cost.lockMs += waiting * (after.at - before.at);
  }
  return run.perSecond;
}

/** `beside` is the baseline from which the lock waits may not grow. */
function costRows(
  postgres: Postgres,
  what: string,
  cost: Cost,
  { load, beside }: { load: Load; beside?: Cost },
): readonly Row[] {
  const each = (sum: number) => sum / cost.deliveries;
  // Begin and commit are one round trip each, like a statement.
  const statements = each(cost.statements + 2 * cost.transactions);
  const parts = `${each(cost.statements).toFixed(3)} and ${each(cost.transactions).toFixed(3)} transactions`;
  const locksMs = 1000 * each(cost.lockMs);
  const before = beside === undefined ? 0 : (1000 * beside.lockMs) / beside.deliveries;
  return [
    postgres.countsStatements
      ? {
          what: `${what}, statements per delivery, begin and commit included`,
          figure: `${statements.toFixed(3)} (${parts})`,
          // A commit of single events has at most one event per publisher.
          ...(load === "singles"
            ? {}
            : {
                wanted: `≤ ${STATEMENTS_WANTED}`,
                reached: statements <= STATEMENTS_WANTED,
              }),
        }
      : { what: `${what}, statements per delivery`, figure: "not counted" },
    {
      what: `${what}, per delivery with its event and attempt`,
      figure: `${whole(each(cost.walBytes))} bytes of log, ${whole(each(cost.diskBytes))} bytes of disk`,
    },
    {
      what: `${what}, CPU time`,
      figure: `${beside === undefined ? "node" : "nodes"} ${perThousand(cost, cost.nodesMs)}, PostgreSQL ${perThousand(cost, cost.postgresMs)}`,
    },
    {
      what: `${what}, waiting for locks, all sessions`,
      figure: `${locksMs.toFixed(1)} ms per 1,000 deliveries`,
      ...(beside === undefined
        ? {}
        : {
            wanted: `≤ ${LOCKS_WANTED} of one node's, or ≤ ${LOCKS_UNSEEN_MS} ms`,
            reached: locksMs <= Math.max(LOCKS_UNSEEN_MS, LOCKS_WANTED * before),
          }),
    },
  ];
}

function perThousand({ deliveries }: Cost, ms: number): string {
  return `${((1000 * ms) / deliveries).toFixed(0)} ms per 1,000 deliveries`;
}
