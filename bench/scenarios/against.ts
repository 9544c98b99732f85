/**
 * The CPU time of this program against another checkout of it, built with `npm run build`. Both serve at
 * once, and the load alternates between them, so that a disturbance of the machine affects both.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startCluster } from "../cluster.ts";
import { driveClosed, driveOpen } from "../drive.ts";
import { interleave, medianInterval, toSpread } from "../pairs.ts";
import { openPostgres, type Database } from "../postgres.ts";
import type { Publisher } from "../publisher.ts";
import { showRatio, type Row } from "../report.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  OUTSTANDING,
  SINGLE_CONNECTIONS,
  startSubject,
  warm,
  type Rig,
} from "../rig.ts";

type SideName = "before" | "now";
type Side = {
  readonly numbers: { next: number };
  open(): Promise<Publisher>;
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
};
type Load = {
  readonly what: string;
  readonly events: number;
  readonly connections: number;
  readonly endpoints: number;
  readonly postgres: boolean;
  /** At this rate, whether or not earlier publishes were answered; else as fast as the server can. */
  readonly eventsPerSecond?: number;
};

const FAN_OUT = 100;
/** No more than the events under way, so that no connection stays unused. */
const FAN_OUT_CONNECTIONS = OUTSTANDING / FAN_OUT / 2;
/** A quarter of the rate of (b), rounded. */
const CALM_RATE = 1_300;
const SINGLES = { events: 1, connections: SINGLE_CONNECTIONS, endpoints: 1 };
const BATCHES = { events: BATCH_EVENTS, connections: BATCH_CONNECTIONS, endpoints: 1 };
const LOADS: readonly Load[] = [
  { what: "(b) single events", ...SINGLES, postgres: false },
  { what: `(c) batches of ${BATCH_EVENTS}`, ...BATCHES, postgres: false },
  {
    what: `(d) one event to ${FAN_OUT} endpoints`,
    events: 1,
    connections: FAN_OUT_CONNECTIONS,
    endpoints: FAN_OUT,
    postgres: false,
  },
  {
    what: `(e) single events at ${CALM_RATE} a second`,
    ...SINGLES,
    postgres: false,
    eventsPerSecond: CALM_RATE,
  },
  { what: "(j) single events, node and PostgreSQL", ...SINGLES, postgres: true },
  { what: `(j) batches of ${BATCH_EVENTS}, node and PostgreSQL`, ...BATCHES, postgres: true },
];

/** `checkout` is the folder of the other one; `only` has the letters of the wanted loads, none for all. */
export async function measureAgainst(
  rig: Rig,
  checkout: string,
  only: readonly string[],
): Promise<readonly Row[]> {
  await using postgres = await openPostgres(rig);
  const rows: Row[] = [];
  const wanted = LOADS.filter(
    ({ what }) => only.length === 0 || only.some((letter) => what.startsWith(`(${letter})`)),
  );
  for (const [index, load] of wanted.entries()) {
    const sides: Partial<Record<SideName, Side>> = {};
    try {
      for (const name of ["before", "now"] as const) {
        const from = name === "before" ? { checkout } : {};
        const database = load.postgres ? await postgres.makeDatabase() : null;
        const at = { ...rig, folder: join(rig.folder, `${index}-${name}`) };
        mkdirSync(at.folder, { recursive: true });
        sides[name] = await openSide(at, load, { ...from, database });
      }
      rows.push(await measureLoad(rig, load, sides as Record<SideName, Side>));
    } finally {
      for (const side of Object.values(sides)) await side.stop();
    }
  }
  return rows;
}

type From = { readonly checkout?: string; readonly database: Database | null };

async function openSide(rig: Rig, load: Load, from: From): Promise<Side> {
  const { database, ...program } = from;
  if (database === null) {
    const subject = await startSubject(rig, "one", { ...program, endpoints: load.endpoints });
    return {
      numbers: subject.numbers,
      open: () => subject.open(load.events, load.connections),
      cpuMs: async () => subject.server.cpuMs(),
      stop: () => subject.stop(),
    };
  }
  const cluster = await startCluster(rig, "one", { ...program, settings: database.settings });
  return {
    numbers: cluster.numbers,
    open: () => cluster.open(load.events, load.connections),
    cpuMs: async () => cluster.cpuMs() + (await database.usage()).cpuMs,
    stop: () => cluster.stop(),
  };
}

async function measureLoad(
  rig: Rig,
  load: Load,
  sides: Readonly<Record<SideName, Side>>,
): Promise<Row> {
  const { rounds, roundMs } = rig.amounts;
  const drive = async (side: Side) => {
    // A server closes a connection that sends nothing, so it is opened only now.
    const publisher = await side.open();
    await warm(rig, publisher, load.endpoints);
    return () => measureCost(rig, { ...side, publisher }, load, roundMs);
  };
  const driven = { before: await drive(sides.before), now: await drive(sides.now) };
  const cost = await interleave(driven, rounds);
  const ratios = cost.now.map((value, i) => value / (cost.before[i] ?? Number.NaN));
  const interval = medianInterval(ratios);
  const median = (values: readonly number[]) => toSpread(values).median.toFixed(0);
  return {
    what: `${load.what}: CPU ms per 1,000`,
    figure:
      `${median(cost.before)} → ${median(cost.now)}; ${showRatio(toSpread(ratios))} of before; ` +
      `95 % interval ${interval.least.toFixed(3)}–${interval.most.toFixed(3)}, ${rounds} pairs`,
    wanted: "interval not beyond 1",
    reached: interval.least <= 1,
  };
}

/** CPU milliseconds per 1,000 deliveries. */
async function measureCost(
  { sink }: Rig,
  side: Side & { readonly publisher: Publisher },
  { endpoints, eventsPerSecond }: Load,
  durationMs: number,
): Promise<number> {
  const before = await side.cpuMs();
  const { publisher, numbers } = side;
  const outstanding = Math.max(OUTSTANDING, 2 * endpoints);
  const receipts =
    eventsPerSecond === undefined
      ? (await driveClosed({ publisher, sink, durationMs, outstanding, endpoints })).receipts
      : (await driveOpen({ publisher, sink, numbers, eventsPerSecond, durationMs })).length;
  return ((await side.cpuMs()) - before) / (receipts / 1000);
}
