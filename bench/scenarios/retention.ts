/**
 * The cost of retention for concurrent publishers: a store full of expired events is swept during the traffic
 * of (c). The same traffic is measured without anything to sweep.
 */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../clock.ts";
import { driveClosed, type Drive } from "../drive.ts";
import { quantile } from "../pairs.ts";
import { milliseconds, whole, type Row } from "../report.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  OUTSTANDING,
  restartSubject,
  startSubject,
  toStoreFile,
  warm,
  type Rig,
  type Subject,
} from "../rig.ts";
import { seedHistory } from "../seed.ts";

const HOUR_MS = 3_600_000;
const RETENTION_HOURS = 96;
const OLD_HOURS = [200, 120] as const;
const WINDOW_HOURS = 48;
const HELD_WANTED_MS = 20;
const POLL_MS = 500;
/** Rounds of traffic during the sweep; fewer when no expired event is left. */
const SWEPT_ROUNDS = 8;
const NAME = "retention";

export async function measureRetention(rig: Rig): Promise<readonly Row[]> {
  const { oldEvents, roundMs } = rig.amounts;
  let subject = await startSubject(rig, NAME);
  await warm(rig, await subject.open(BATCH_EVENTS, BATCH_CONNECTIONS));
  await subject.stop();
  const now = Date.now();
  seedHistory({
    file: toStoreFile(rig, NAME),
    events: oldEvents,
    oldestAt: now - OLD_HOURS[0] * HOUR_MS,
    newestAt: now - OLD_HOURS[1] * HOUR_MS,
    dedupeWindowMs: WINDOW_HOURS * HOUR_MS,
  });
  const settings = { HOOKLINE_RETENTION: `${RETENTION_HOURS}h` };
  subject = await restartSubject(rig, NAME, subject, settings);
  try {
    const publisher = await subject.open(BATCH_EVENTS, BATCH_CONNECTIONS);
    const { sink } = rig;
    const drive = (durationMs: number) =>
      driveClosed({ publisher, sink, durationMs, outstanding: OUTSTANDING });
    await warm(rig, publisher);
    // The first sweep comes a minute after the start: until then there is traffic and no sweep.
    const before = await drive(roundMs);
    while (oldest(rig) === 1) await sleep(POLL_MS);
    const during: Drive[] = [];
    const first = oldest(rig);
    const startedAt = monotonicMs();
    while (during.length < SWEPT_ROUNDS && oldest(rig) <= oldEvents) {
      during.push(await drive(roundMs));
    }
    const swept = Math.min(oldEvents + 1, oldest(rig)) - first;
    const sweptPerSecond = (swept / (monotonicMs() - startedAt)) * 1000;
    const answers = during.flatMap(({ answersMs }) => answersMs);
    const held = await heldBy(subject);
    return [
      {
        what: "longest hold of the writer by the sweep, by the server's count",
        figure: `≤ ${milliseconds(held.within)} (mean of ${whole(held.count)}: ${milliseconds(held.mean)})`,
        wanted: `≤ ${HELD_WANTED_MS} ms and one sync`,
        reached: held.within <= HELD_WANTED_MS,
      },
      {
        what: `batches answered beside the sweep of ${whole(oldEvents)} old events, p99 and slowest`,
        figure: `${milliseconds(quantile(answers, 0.99))}, ${milliseconds(quantile(answers, 1))}`,
      },
      {
        what: "batches answered without a sweep, p99 and slowest",
        figure: `${milliseconds(quantile(before.answersMs, 0.99))}, ${milliseconds(quantile(before.answersMs, 1))}`,
      },
      {
        what: "old events swept beside the traffic",
        figure: `${whole(sweptPerSecond)} events/s`,
      },
    ];
  } finally {
    await subject.stop();
  }
}

/** Seeded events have the first sequences. */
function oldest(rig: Rig): number {
  const db = new DatabaseSync(toStoreFile(rig, NAME), { readOnly: true });
  try {
    return Number(db.prepare("SELECT min(seq) AS seq FROM event").get()?.["seq"] ?? Infinity);
  } finally {
    db.close();
  }
}

const HELD = "hookline_sweep_held_seconds";

/** The histogram bucket of the longest sweeps, and their mean. */
async function heldBy(subject: Subject): Promise<{ within: number; count: number; mean: number }> {
  const text = await subject.server.metrics();
  const value = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  const count = value(new RegExp(`^${HELD}_count (\\S+)`, "m"));
  const sum = value(new RegExp(`^${HELD}_sum (\\S+)`, "m"));
  const buckets = [...text.matchAll(new RegExp(`^${HELD}_bucket\\{le="(\\S+)"\\} (\\d+)`, "gm"))];
  const within = buckets.find(([, , filled]) => Number(filled) === count)?.[1] ?? "Infinity";
  return { within: Number(within) * 1000, count, mean: (sum / count) * 1000 };
}
