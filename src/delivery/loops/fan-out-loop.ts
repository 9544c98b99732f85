/**
 * Large fan-outs, part by part. Each part holds the writer for a few milliseconds, followed by a pause, so
 * publishing and sending continue beside it. Every node runs parts; the store gives an application to one of
 * them at a time.
 */
import type { Instant } from "../../core/snapshot.ts";
import type { FanOutStore } from "../../store/interface/fan-outs.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";
import type { Clock } from "./clock.ts";
import { createLoop, type Backoff } from "./loop.ts";

export type FanOutLoop = { stop(): void };

/** With the event that exceeds it and the commit, a stall of the writer stays below 20 ms and an fsync. */
const PART_MS = 5;
const PART_LIMIT = 250;
const PAUSE_MS = 20;
/** Another node has the application. */
const TAKEN_PAUSE_MS = 250;
/** The node of a publish is notified; this poll is for a node that has died. */
const POLL_INTERVAL_MS = 15_000;
const BACKOFF: Backoff = { firstMs: 1000, lastMs: POLL_INTERVAL_MS };

export function startFanOutLoop(given: {
  fanOuts: FanOutStore;
  clock: Clock;
  telemetry: Telemetry;
}): FanOutLoop {
  const { fanOuts, clock, telemetry } = given;
  const calls = createStoreCalls(telemetry, "fan-out");
  const loop = createLoop({ clock, calls, backoff: BACKOFF, work: step });
  let after = 0;

  async function step(): Promise<Instant> {
    const part = { now: clock.now(), after, limit: PART_LIMIT, sliceMs: PART_MS };
    const { isTaken, next } = await fanOuts.step(part);
    after = next ?? 0;
    if (next === null) return clock.now() + POLL_INTERVAL_MS;
    return clock.now() + (isTaken ? TAKEN_PAUSE_MS : PAUSE_MS);
  }

  fanOuts.listen({
    onCreated() {
      loop.resume();
      loop.wake();
    },
  });
  loop.wake();
  return { stop: loop.stop };
}
