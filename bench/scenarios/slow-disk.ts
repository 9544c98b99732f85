/**
 * (s): the time from publish to receipt at a low rate, on a disk whose every fsync is slow. strace delays them, so
 * the figure does not depend on the disk of the machine. With another checkout, both serve in turn.
 */
import { driveOpen } from "../drive.ts";
import { quantile, toRatio, toSpread } from "../pairs.ts";
import { milliseconds, showRatio, type Row } from "../report.ts";
import { SINGLE_CONNECTIONS, startSubject, type Rig, type Subject } from "../rig.ts";

const EVENTS_PER_SECOND = 100;
const FSYNC_MS = 10;
const SHARES = { p50: 0.5, p99: 0.99, slowest: 1 } as const;
type Share = keyof typeof SHARES;

/** A round of the quick run is shorter. */
const ROUND_MS = 12_000;

/** `before` is the folder of another built checkout, or undefined. */
export async function measureSlowDisk(
  rig: Rig,
  before: string | undefined,
): Promise<readonly Row[]> {
  const checkouts = { now: undefined, ...(before === undefined ? {} : { before }) };
  const sides: Record<string, Subject> = {};
  try {
    for (const [name, checkout] of Object.entries(checkouts)) {
      const given = checkout === undefined ? {} : { checkout };
      const subject = await startSubject(rig, `slow-${name}`, { ...given, fsyncMs: FSYNC_MS });
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
    return (Object.keys(SHARES) as Share[]).map((share) => toRow(share, figures));
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

function toRow(share: Share, figures: Record<string, readonly (readonly number[])[]>): Row {
  const values = (name: string): readonly number[] =>
    (figures[name] ?? []).map((latencies) => quantile(latencies, SHARES[share]));
  const now = toSpread(values("now"));
  const shown = `${milliseconds(now.median)} (${milliseconds(now.least)}–${milliseconds(now.most)})`;
  const before = values("before");
  return {
    what: `(s) publish to receipt at ${EVENTS_PER_SECOND} events/s, each fsync ${FSYNC_MS} ms longer, ${share}`,
    figure:
      before.length === 0
        ? shown
        : `${milliseconds(toSpread(before).median)} → ${shown}; ${showRatio(toRatio(values("now"), before))} of before`,
  };
}
