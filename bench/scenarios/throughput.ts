/** (a), (b) and (c): the ceiling, single events and batches end to end, and single events without a store. */
import { driveClosed } from "../drive.ts";
import { interleave, toRatio, toSpread } from "../pairs.ts";
import { NO_COST, toCostRows, withCost, type Cost } from "../cost.ts";
import type { Publisher } from "../publisher.ts";
import { perSecond, showRatio, type Row } from "../report.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  OUTSTANDING,
  SINGLE_CONNECTIONS,
  startSubject,
  warm,
  type Rig,
  type Subject,
} from "../rig.ts";

const BATCHES_WANTED = 0.4;
const SINGLES_WANTED = 0.2;
const STORE_WANTED = 0.6;

export async function measureThroughput(
  rig: Rig,
  only: { singles: boolean; batches: boolean },
): Promise<readonly Row[]> {
  const full = await startSubject(rig, "full");
  const bare = await startSubject(rig, "bare", { program: "storeless" });
  const singles = await full.open(1, SINGLE_CONNECTIONS);
  const batches = await full.open(BATCH_EVENTS, BATCH_CONNECTIONS);
  const bareSingles = await bare.open(1, SINGLE_CONNECTIONS);
  const cost: Costs = { singles: NO_COST, batches: NO_COST };

  async function side(subject: Subject, publisher: Publisher, name: keyof Costs | null) {
    const { roundMs: durationMs } = rig.amounts;
    const { sink } = rig;
    const { server } = subject;
    const drive = () => driveClosed({ publisher, sink, durationMs, outstanding: OUTSTANDING });
    const { run, cost: each } = await withCost(server, drive);
    if (name !== null) cost[name] = each;
    return run.perSecond;
  }
  const ceiling = () => rig.ceiling(rig.amounts.roundMs);
  try {
    await rig.ceiling(rig.amounts.warmMs);
    await warm(rig, batches);
    await warm(rig, singles);
    await warm(rig, bareSingles);
    await rig.ceiling(rig.amounts.warmMs, "dispatch");
    const values = await interleave(
      {
        dispatch: () => rig.ceiling(rig.amounts.roundMs, "dispatch"),
        ...(only.batches
          ? { ceilingOfBatches: ceiling, batches: () => side(full, batches, "batches") }
          : {}),
        ...(only.singles
          ? {
              ceilingOfSingles: ceiling,
              singles: () => side(full, singles, "singles"),
              bare: () => side(bare, bareSingles, null),
            }
          : {}),
      },
      rig.amounts.rounds,
    );
    return toRows(rig, values, cost);
  } finally {
    await full.stop();
    await bare.stop();
  }
}

type Costs = { singles: Cost; batches: Cost };
type Values = Partial<
  Record<
    "dispatch" | "ceilingOfBatches" | "batches" | "ceilingOfSingles" | "singles" | "bare",
    number[]
  >
>;

function toRows(rig: Rig, values: Values, cost: Costs): Row[] {
  const {
    dispatch = [],
    ceilingOfBatches = [],
    ceilingOfSingles = [],
    batches,
    singles,
    bare,
  } = values;
  const ceilings = toSpread([...ceilingOfBatches, ...ceilingOfSingles]);
  const rows: Row[] = [
    { what: "(a) bare undici loop", figure: perSecond(ceilings, "posts"), ratio: "1" },
    {
      what: "(a′) the same by undici's dispatch",
      figure: perSecond(toSpread(dispatch), "posts"),
      ratio: showRatio(
        toRatio(dispatch, ceilingOfBatches.length > 0 ? ceilingOfBatches : ceilingOfSingles),
      ),
    },
  ];
  if (singles !== undefined && bare !== undefined) {
    const ratio = toRatio(singles, ceilingOfSingles);
    const ofBare = toRatio(singles, bare);
    rig.singlesPerSecond = toSpread(singles).median;
    rows.push(
      {
        what: "(b) single events, end to end",
        figure: perSecond(toSpread(singles), "events"),
        ratio: showRatio(ratio),
        wanted: `≥ ${SINGLES_WANTED} of (a)`,
        reached: ratio.median >= SINGLES_WANTED,
      },
      {
        what: "(b) the same pipeline without a store",
        figure: perSecond(toSpread(bare), "events"),
        ratio: showRatio(toRatio(bare, ceilingOfSingles)),
      },
      {
        what: "(b) with a store divided by without",
        figure: showRatio(ofBare),
        wanted: `≥ ${STORE_WANTED}`,
        reached: ofBare.median >= STORE_WANTED,
      },
      { what: "(b) divided by (a′)", figure: showRatio(toRatio(singles, dispatch)) },
      ...toCostRows("(b)", "events", cost.singles),
    );
  }
  if (batches !== undefined) {
    const ratio = toRatio(batches, ceilingOfBatches);
    rows.push(
      {
        what: `(c) batches of ${BATCH_EVENTS}, end to end`,
        figure: perSecond(toSpread(batches), "events"),
        ratio: showRatio(ratio),
        wanted: `≥ ${BATCHES_WANTED} of (a)`,
        reached: ratio.median >= BATCHES_WANTED,
      },
      { what: "(c) divided by (a′)", figure: showRatio(toRatio(batches, dispatch)) },
      ...toCostRows("(c)", "events", cost.batches),
    );
  }
  return rows;
}
