/** (d): one event to a hundred and to a thousand endpoints, one event after the other and many at a time. */
import { toCostRows, withCost, NO_COST } from "../cost.ts";
import { driveClosed } from "../drive.ts";
import { interleave, toRatio, toSpread } from "../pairs.ts";
import { milliseconds, perSecond, showRatio, whole, type Row } from "../report.ts";
import { startSubject, warm, type Rig } from "../rig.ts";

/** Deliveries on their way: with fewer the server would wait, with more a queue would grow. */
const AHEAD = 4_000;
const LONE_EVENTS = 5;
const SMALL = 100;

export async function measureFanOut(rig: Rig): Promise<readonly Row[]> {
  const large = rig.amounts.fanOutEndpoints;
  const rows = await measureOne(rig, SMALL);
  return large === SMALL ? rows : [...rows, ...(await measureOne(rig, large))];
}

async function measureOne(rig: Rig, endpoints: number): Promise<readonly Row[]> {
  const { rounds, roundMs, warmMs } = rig.amounts;
  const subject = await startSubject(rig, `fan-out-${endpoints}`, { endpoints });
  const letter = `(d) one event to ${whole(endpoints)} endpoints`;
  const eventsAhead = Math.ceil(AHEAD / endpoints);
  try {
    const publisher = await subject.open(1, eventsAhead);
    const { sink } = rig;
    const drive = (durationMs: number, events: number) =>
      driveClosed({ publisher, sink, durationMs, outstanding: events * endpoints, endpoints });
    let cost = NO_COST;
    await rig.ceiling(warmMs);
    await warm(rig, publisher, endpoints);
    const { ceiling, fanOut } = await interleave(
      {
        ceiling: () => rig.ceiling(roundMs),
        async fanOut() {
          const measured = await withCost(subject.server, () => drive(roundMs, eventsAhead));
          ({ cost } = measured);
          return measured.run.perSecond;
        },
      },
      Math.min(3, rounds),
    );
    const lone: number[] = [];
    for (let i = 0; i < LONE_EVENTS; i++) {
      const { perSecond: rate } = await drive(0, 1);
      lone.push((endpoints / rate) * 1000);
    }
    return [
      {
        what: letter,
        figure: perSecond(toSpread(fanOut), "deliveries"),
        ratio: showRatio(toRatio(fanOut, ceiling)),
      },
      {
        what: `${letter}, alone, to the last receipt`,
        figure: milliseconds(toSpread(lone).median),
      },
      ...toCostRows(letter, "deliveries", cost),
    ];
  } finally {
    await subject.stop();
  }
}
