/**
 * (h): the cost of a hung endpoint for its neighbour. The time from publish to receipt at a healthy endpoint
 * is measured with and without a hung one. That endpoint of the same application never answers and has a
 * thousand waiting deliveries.
 */
import { driveOpen } from "../drive.ts";
import { openHole, type Hole } from "../hole.ts";
import { interleave, quantile, toRatio, toSpread } from "../pairs.ts";
import { milliseconds, showRatio, whole, type Row } from "../report.ts";
import { startSubject, warm, type Rig, type Subject } from "../rig.ts";

/**
 * A type that only the hung endpoint subscribes to, so that the neighbour's events cost the same on both
 * sides.
 */
const HUNG_TYPE = "bench.hung";
const BACKLOG = 1_000;
const PAIRS = 5;
const EVENTS_PER_SECOND = 200;
const CONNECTIONS = 16;
/** The longest timeout that is allowed. A round is shorter, so no attempt ends during one. */
const HANGS_MS = 30_000;
const RATIO_WANTED = 1.2;

export async function measureHungNeighbour(rig: Rig): Promise<readonly Row[]> {
  const { amounts, sink } = rig;
  const hole = await openHole();
  const subject = await startSubject(rig, "hung-neighbour", {
    settings: { HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32", HOOKLINE_STOP_GRACE: "0" },
  });
  try {
    const publisher = await subject.open(1, CONNECTIONS);
    await warm(rig, publisher);
    const round = async () => {
      const latencies = await driveOpen({
        publisher,
        sink,
        numbers: subject.numbers,
        eventsPerSecond: EVENTS_PER_SECOND,
        durationMs: Math.min(amounts.roundMs, HANGS_MS / 2),
      });
      return quantile(latencies, 0.5);
    };
    const { alone, beside } = await interleave(
      {
        alone: round,
        async beside() {
          const path = await hang(subject, hole);
          try {
            return await round();
          } finally {
            await subject.server.call("DELETE", path);
          }
        },
      },
      PAIRS,
    );
    const ratio = toRatio(beside, alone);
    return [
      {
        what: `(h) publish to receipt at ${whole(EVENTS_PER_SECOND)} events/s, p50, alone`,
        figure: milliseconds(toSpread(alone).median),
      },
      {
        what: `(h) beside a hung endpoint with ${whole(BACKLOG)} waiting`,
        figure: `${milliseconds(toSpread(beside).median)}; ${showRatio(ratio)} of alone`,
        wanted: `≤ ${RATIO_WANTED} of alone`,
        reached: ratio.median <= RATIO_WANTED,
      },
    ];
  } finally {
    await subject.stop();
    hole.close();
  }
}

/** Creates an endpoint whose lane is full of hung attempts, a new one for each round. Returns its path. */
async function hang(subject: Subject, hole: Hole): Promise<string> {
  const { server, app } = subject;
  await server.call("PUT", `/event-type/${HUNG_TYPE}`, { description: "Of the bench." });
  const made = await server.call("POST", `/app/${app}/endpoint`, {
    url: hole.origin,
    filterTypes: [HUNG_TYPE],
    timeoutMs: HANGS_MS,
  });
  const first = hole.nextRequest();
  const events = Array.from({ length: BACKLOG }, (_, n) => ({
    eventType: HUNG_TYPE,
    payload: { n },
  }));
  await server.call("POST", `/app/${app}/msg/batch`, events);
  await first;
  return `/app/${app}/endpoint/${String(made["id"])}`;
}
