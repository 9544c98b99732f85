/** The upper limit on this machine for (b) and (c), measured by an empty pipeline. */
import { driveClosed } from "../drive.ts";
import { interleave, toRatio, toSpread } from "../pairs.ts";
import { perSecond, showRatio, type Row } from "../report.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  OUTSTANDING,
  SINGLE_CONNECTIONS,
  startSubject,
  warm,
  type Rig,
} from "../rig.ts";

export async function measureEmpty(rig: Rig): Promise<readonly Row[]> {
  const subject = await startSubject(rig, "empty", { program: "empty" });
  try {
    const { sink, amounts } = rig;
    const durationMs = amounts.roundMs;
    const one = await subject.open(1, SINGLE_CONNECTIONS);
    const many = await subject.open(BATCH_EVENTS, BATCH_CONNECTIONS);
    const drive = async (publisher: typeof one) =>
      (await driveClosed({ publisher, sink, durationMs, outstanding: OUTSTANDING })).perSecond;
    await rig.ceiling(amounts.warmMs);
    await warm(rig, one);
    await warm(rig, many);
    const { ceiling, singles, batches } = await interleave(
      {
        ceiling: () => rig.ceiling(durationMs),
        singles: () => drive(one),
        batches: () => drive(many),
      },
      amounts.rounds,
    );
    return [
      { what: "(a) bare undici loop", figure: perSecond(toSpread(ceiling), "posts"), ratio: "1" },
      {
        what: "empty pipeline, single events",
        figure: perSecond(toSpread(singles), "events"),
        ratio: showRatio(toRatio(singles, ceiling)),
      },
      {
        what: `empty pipeline, batches of ${BATCH_EVENTS}`,
        figure: perSecond(toSpread(batches), "events"),
        ratio: showRatio(toRatio(batches, ceiling)),
      },
    ];
  } finally {
    await subject.stop();
  }
}
