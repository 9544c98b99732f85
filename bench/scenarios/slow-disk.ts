/**
 * (s): the time from publish to receipt at a low rate, on a disk whose every fsync is slow, on SQLite and on
 * PostgreSQL. strace delays them, so the figure does not depend on the disk of the machine. With another checkout,
 * both serve in turn.
 */
import { driveOpen } from "../drive.ts";
import { quantile, toRatio, toSpread } from "../pairs.ts";
import { openPostgres } from "../postgres.ts";
import { milliseconds, showRatio, type Row } from "../report.ts";
import { SINGLE_CONNECTIONS, startSubject, type Rig, type Subject } from "../rig.ts";
import type { ServerOptions } from "../server.ts";

const EVENTS_PER_SECOND = 100;
const FSYNC_MS = 10;
const SHARES = { p50: 0.5, p99: 0.99, slowest: 1 } as const;
type Share = keyof typeof SHARES;
type Figures = Readonly<Record<string, readonly (readonly number[])[]>>;
/** Options of the server of one side, beside its checkout. */
type Options = Pick<ServerOptions, "fsyncMs" | "settings">;

/** A round of the quick run is shorter. */
const ROUND_MS = 12_000;

/** `before` is the folder of another built checkout, or undefined. */
export async function measureSlowDisk(
  rig: Rig,
  before: string | undefined,
): Promise<readonly Row[]> {
  const onSqlite = await measureSides(rig, before, async () => ({ fsyncMs: FSYNC_MS }));
  await using postgres = await openPostgres(rig, { fsyncMs: FSYNC_MS });
  const onPostgres = await measureSides(rig, before, async () => ({
    settings: (await postgres.makeDatabase()).settings,
  }));
  return [...toRows("SQLite", onSqlite), ...toRows("PostgreSQL", onPostgres)];
}

/** The sides share one PostgreSQL server. One side is idle while the other one is measured. */
async function measureSides(
  rig: Rig,
  before: string | undefined,
  makeOptions: () => Promise<Options>,
): Promise<Figures> {
  const checkouts = { now: undefined, ...(before === undefined ? {} : { before }) };
  const sides: Record<string, Subject> = {};
  try {
    for (const [name, checkout] of Object.entries(checkouts)) {
      const options = { ...(await makeOptions()), ...(checkout === undefined ? {} : { checkout }) };
      const store = options.settings === undefined ? "sqlite" : "postgres";
      const subject = await startSubject(rig, `slow-${store}-${name}`, options);
      sides[name] = subject;
      await drive(rig, subject);
    }
    const figures: Record<string, (readonly number[])[]> = {};
    for (let round = 0; round < rig.amounts.rounds; round++) {
      // Each side is the first one in every second round.
      const order = Object.entries(sides);
      for (const [name, side] of round % 2 === 0 ? order : order.toReversed()) {
        (figures[name] ??= []).push(await drive(rig, side));
      }
    }
    return figures;
  } finally {
    for (const subject of Object.values(sides)) await subject.stop();
  }
}

/** A server closes connections that are idle while the other one is measured, so each round opens some. */
async function drive(rig: Rig, subject: Subject): Promise<readonly number[]> {
  const publisher = await subject.open(1, SINGLE_CONNECTIONS);
  try {
    return await driveOpen({
      publisher,
      sink: rig.sink,
      numbers: subject.numbers,
      eventsPerSecond: EVENTS_PER_SECOND,
      durationMs: Math.min(ROUND_MS, rig.amounts.latencyMs),
    });
  } finally {
    publisher.close();
  }
}

function toRows(store: string, figures: Figures): readonly Row[] {
  return (Object.keys(SHARES) as Share[]).map((share) => toRow(store, share, figures));
}

function toRow(store: string, share: Share, figures: Figures): Row {
  const values = (name: string): readonly number[] =>
    (figures[name] ?? []).map((latencies) => quantile(latencies, SHARES[share]));
  const now = toSpread(values("now"));
  const shown = `${milliseconds(now.median)} (${milliseconds(now.least)}–${milliseconds(now.most)})`;
  const before = values("before");
  return {
    what: `(s) ${store}, publish to receipt at ${EVENTS_PER_SECOND} events/s, each fsync ${FSYNC_MS} ms longer, ${share}`,
    figure:
      before.length === 0
        ? shown
        : `${milliseconds(toSpread(before).median)} → ${shown}; ${showRatio(toRatio(values("now"), before))} of before`,
  };
}
