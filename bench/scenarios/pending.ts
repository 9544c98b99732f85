/**
 * (f) memory and (g) start-up, idle and with half a million deliveries pending. The deliveries are made due a
 * while ahead (`deliverAt`), so that none leaves while they accumulate. Then they all become due at once and
 * are delivered, with a crash in between.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../clock.ts";
import { EVENT_TYPE, payloadText } from "../event.ts";
import { perSecond, milliseconds, whole, type Row } from "../report.ts";
import { restartSubject, startSubject, type Rig, type Subject } from "../rig.ts";
import type { Memory } from "../server.ts";

const ENDPOINTS = 1000;
/** The minimum of the API, and the time to publish the rest of a large backlog. */
const AHEAD_MS = 75_000;
const SETTLE_MS = 5_000;
/** Deliveries sent before the crash. */
const CRASH_AFTER = 5_000;
const IDLE_WANTED_MIB = 140;
const PENDING_WANTED_MIB = 300;
const START_UP_WANTED_MS = 2_000;

export async function measurePending(rig: Rig): Promise<readonly Row[]> {
  const { sink, amounts } = rig;
  const total = amounts.pendingDeliveries;
  let subject = await startSubject(rig, "pending", { endpoints: 0 });
  const emptyStartMs = subject.server.startUpMs;
  const memories: Memory[] = [];
  const noteMemory = () => {
    const memory = subject.server.memory();
    memories.push(memory);
    return memory.residentMiB;
  };
  try {
    await sleep(SETTLE_MS);
    const idleMiB = subject.server.memory().residentMiB;

    await subject.makeEndpoints(ENDPOINTS);
    const before = sink.received();
    const dueAt = await publishPending(subject, total);
    const early = sink.received() - before;
    await sleep(SETTLE_MS);
    const pendingMiB = noteMemory();

    await subject.stop();
    subject = await restartSubject(rig, "pending", subject);
    const pendingStartMs = subject.server.startUpMs;
    await sleep(Math.max(0, dueAt - Date.now()));
    await sink.waitFor(before + CRASH_AFTER);
    noteMemory();

    await subject.stop("SIGKILL");
    await sleep(500);
    const beforeCrash = sink.received();
    subject = await restartSubject(rig, "pending", subject);
    const crashedStartMs = subject.server.startUpMs;
    await sink.waitFor(beforeCrash + 1);
    const firstReceiptMs = monotonicMs() - subject.server.spawnedAt;

    const drainedFrom = { count: sink.received(), at: monotonicMs() };
    await sink.waitFor(before + total);
    const drained = sink.received() - drainedFrom.count;
    const rate = (drained / (sink.lastAt() - drainedFrom.at)) * 1000;
    await sleep(SETTLE_MS);
    const repeated = sink.received() - before - total;
    noteMemory();
    const afterMiB = subject.server.memory().residentMiB;
    const peakMiB = Math.max(...memories.map((memory) => memory.peakMiB));

    const limit = `≤ ${PENDING_WANTED_MIB} MB`;
    const memoryRow = (what: string, mebibytes: number, most = PENDING_WANTED_MIB): Row => ({
      what,
      figure: megabytes(mebibytes),
      wanted: most === PENDING_WANTED_MIB ? limit : `≤ ${most} MB`,
      reached: mebibytes * MEBI <= most,
    });
    const startRow = (what: string, took: number): Row => ({
      what,
      figure: milliseconds(took),
      wanted: `≤ ${whole(START_UP_WANTED_MS)} ms`,
      reached: took <= START_UP_WANTED_MS,
    });
    const backlog = `${whole(total)} pending${early > 0 ? ` (${whole(early)} left early)` : ""}`;
    return [
      memoryRow("(f) resident memory, idle", idleMiB, IDLE_WANTED_MIB),
      memoryRow(`(f) with ${backlog}`, pendingMiB),
      memoryRow("(f) after they were delivered", afterMiB),
      memoryRow("(f) peak", peakMiB),
      {
        what: "(f) delivering all of them",
        figure: perSecond({ median: rate, least: rate, most: rate }, "deliveries"),
      },
      { what: "(f) delivered twice by the crash", figure: whole(repeated) },
      { what: "(g) start-up, empty store", figure: milliseconds(emptyStartMs) },
      startRow(`(g) start-up with ${backlog}`, pendingStartMs),
      startRow("(g) the same after a crash, all due", crashedStartMs),
      { what: "(g) after a crash, to the first receipt", figure: milliseconds(firstReceiptMs) },
    ];
  } finally {
    await subject.stop();
  }
}

/** Bytes of a MiB as megabytes, the unit of the limits. */
const MEBI = 1.048576;

function megabytes(mebibytes: number): string {
  return `${(mebibytes * MEBI).toFixed(0)} MB`;
}

const EVENTS_PER_PUBLISH = 10;

/** Publishes until `total` deliveries are pending, all due at the returned instant. */
async function publishPending(subject: Subject, total: number): Promise<number> {
  const dueAt = Date.now() + AHEAD_MS;
  const events = Math.ceil(total / ENDPOINTS);
  for (let made = 0; made < events; made += EVENTS_PER_PUBLISH) {
    const count = Math.min(EVENTS_PER_PUBLISH, events - made);
    // The API requires a minute of notice, so that a slow machine moves the instant.
    const deliverAt = new Date(Math.max(dueAt, Date.now() + 61_000)).toISOString();
    await subject.server.call(
      "POST",
      `/app/${subject.app}/msg/batch`,
      Array.from({ length: count }, () => ({
        eventType: EVENT_TYPE,
        payload: JSON.parse(payloadText(subject.numbers.next++)) as unknown,
        deliverAt,
      })),
    );
  }
  return Math.max(dueAt, Date.now() + 61_000);
}
