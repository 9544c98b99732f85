/** (d): one event to a thousand endpoints, one event after the other and many at a time. */
import { driveClosed } from "../drive.ts";
import { interleave, toRatio, toSpread } from "../pairs.ts";
import { milliseconds, perSecond, showRatio, whole, type Row } from "../report.ts";
import { startSubject, warm, type Rig } from "../rig.ts";

const EVENTS_AHEAD = 4;
const LONE_EVENTS = 5;

export async function measureFanOut(rig: Rig): Promise<readonly Row[]> {
  const { rounds, roundMs, warmMs, fanOutEndpoints: endpoints } = rig.amounts;
  const subject = await startSubject(rig, "fan-out", { endpoints });
  try {
    const publisher = await subject.open(1, EVENTS_AHEAD);
    const { sink } = rig;
    const drive = (durationMs: number, eventsAhead: number) =>
      driveClosed({ publisher, sink, durationMs, outstanding: eventsAhead * endpoints, endpoints });
    await rig.ceiling(warmMs);
    await warm(rig, publisher, endpoints);
    const { ceiling, fanOut } = await interleave(
      {
        ceiling: () => rig.ceiling(roundMs),
        fanOut: async () => (await drive(roundMs, EVENTS_AHEAD)).perSecond,
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
        what: `(d) one event to ${whole(endpoints)} endpoints`,
        figure: perSecond(toSpread(fanOut), "deliveries"),
        ratio: showRatio(toRatio(fanOut, ceiling)),
      },
      {
        what: "(d) one event alone, publish to last receipt",
        figure: milliseconds(toSpread(lone).median),
      },
    ];
  } finally {
    await subject.stop();
  }
}
