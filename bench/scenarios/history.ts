/**
 * The effect of millions of finished deliveries on (c): a full store beside an empty one, measured in turn.
 * The deliveries are spread over the retention time, or all in one dedupe window.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { driveClosed } from "../drive.ts";
import { interleave, toRatio, toSpread } from "../pairs.ts";
import { perSecond, showRatio, whole, type Row } from "../report.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  OUTSTANDING,
  restartSubject,
  startSubject,
  toStoreFile,
  warm,
  type Rig,
} from "../rig.ts";
import { seedHistory } from "../seed.ts";

const HOUR_MS = 3_600_000;
const RETENTION_HOURS = 30 * 24;
const WINDOW_HOURS = 48;
const KEPT_WANTED = 0.9;

export async function measureHistory(rig: Rig): Promise<readonly Row[]> {
  const events = whole(rig.amounts.historyEvents);
  const spread = await measure(rig, `${events} over ${RETENTION_HOURS / 24} days`, RETENTION_HOURS);
  // The events were accepted within half a window, so that all ids are in the table of new ids.
  const dense = await measure(rig, `${events} inside one window`, WINDOW_HOURS / 2);
  return [...spread, ...dense.map(({ wanted: _, reached: __, ...row }) => row)];
}

async function measure(rig: Rig, what: string, hours: number): Promise<Row[]> {
  const { sink, amounts } = rig;
  const name = `history-${hours}`;
  const before = await startSubject(rig, name);
  await warm(rig, await before.open(BATCH_EVENTS, BATCH_CONNECTIONS));
  await before.stop();
  const now = Date.now();
  console.log(`seeding ${what} …`);
  seedHistory({
    file: toStoreFile(rig, name),
    events: amounts.historyEvents,
    oldestAt: now - (hours - 1) * HOUR_MS,
    newestAt: now,
    dedupeWindowMs: WINDOW_HOURS * HOUR_MS,
  });
  const full = await restartSubject(rig, name, before);
  const fresh = await startSubject(rig, `${name}-fresh`);
  try {
    const ofFull = await full.open(BATCH_EVENTS, BATCH_CONNECTIONS);
    const ofFresh = await fresh.open(BATCH_EVENTS, BATCH_CONNECTIONS);
    const drive = async (publisher: typeof ofFull) => {
      const durationMs = amounts.roundMs;
      return (await driveClosed({ publisher, sink, durationMs, outstanding: OUTSTANDING }))
        .perSecond;
    };
    await warm(rig, ofFresh);
    await warm(rig, ofFull);
    const values = await interleave(
      { fresh: () => drive(ofFresh), full: () => drive(ofFull) },
      amounts.rounds,
    );
    const kept = toRatio(values.full, values.fresh);
    return [
      {
        what: "(c) on a fresh store",
        figure: perSecond(toSpread(values.fresh), "events"),
      },
      {
        what: `(c) on a store of ${what}`,
        figure: `${perSecond(toSpread(values.full), "events")}; ${showRatio(kept)} of fresh`,
        wanted: `≥ ${KEPT_WANTED} of fresh`,
        reached: kept.median >= KEPT_WANTED,
      },
    ];
  } finally {
    await full.stop();
    await fresh.stop();
    rmSync(join(rig.folder, name), { recursive: true, force: true });
    rmSync(join(rig.folder, `${name}-fresh`), { recursive: true, force: true });
  }
}
