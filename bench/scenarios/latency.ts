/** (e): the time from publish to receipt at a quarter of the rate of (b). */
import { driveClosed, driveOpen } from "../drive.ts";
import { quantile } from "../pairs.ts";
import { milliseconds, whole, type Row } from "../report.ts";
import { OUTSTANDING, SINGLE_CONNECTIONS, startSubject, warm, type Rig } from "../rig.ts";

const SHARE = 0.25;
const P50_WANTED_MS = 1.2;
const P99_WANTED_MS = 8;

export async function measureLatency(rig: Rig): Promise<readonly Row[]> {
  const { amounts, sink } = rig;
  const subject = await startSubject(rig, "latency");
  try {
    const publisher = await subject.open(1, SINGLE_CONNECTIONS);
    await warm(rig, publisher);
    const { roundMs: durationMs } = amounts;
    const most =
      rig.singlesPerSecond ??
      (await driveClosed({ publisher, sink, durationMs, outstanding: OUTSTANDING })).perSecond;
    const eventsPerSecond = SHARE * most;
    const latencies = await driveOpen({
      publisher,
      sink,
      numbers: subject.numbers,
      eventsPerSecond,
      durationMs: amounts.latencyMs,
    });
    const p50 = quantile(latencies, 0.5);
    const p99 = quantile(latencies, 0.99);
    const slowest = quantile(latencies, 1);
    return [
      {
        what: `(e) publish to receipt at ${whole(eventsPerSecond)} events/s, p50`,
        figure: milliseconds(p50),
        wanted: `≤ ${P50_WANTED_MS} ms`,
        reached: p50 <= P50_WANTED_MS,
      },
      {
        what: "(e) p99",
        figure: `${milliseconds(p99)} (slowest of ${whole(latencies.length)}: ${milliseconds(slowest)})`,
        wanted: `≤ ${P99_WANTED_MS} ms`,
        reached: p99 <= P99_WANTED_MS,
      },
    ];
  } finally {
    await subject.stop();
  }
}
