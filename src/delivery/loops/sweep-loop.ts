/**
 * Maintenance in slices. Each slice holds the writer for a few milliseconds at most, and the pauses between
 * them are longer. So publishing and sending continue beside it. Here an ordered delivery that
 * has waited long enough behind a predecessor is let through.
 */
import type { QueueStore } from "../../store/interface/queue.ts";
import type { UpkeepStore } from "../../store/interface/upkeep.ts";
import { toPauseMs } from "../../store/maintenance/sweep-share.ts";
import { swept } from "../../telemetry/events.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import type { Emit } from "../engine-events.ts";
import type { Clock } from "./clock.ts";
import { startRepeating } from "./repeating.ts";

export type SweepLoop = { stop(): void };

/** Half of it is for the commit; a stall of the writer stays below 20 ms and an fsync. */
const SLICE_MS = 10;
const BUSY_PAUSE_MS = 20;
const SWEEP_EVERY_MS = 60_000;
const SKIP_EVERY_MS = 6000;
const SKIP_LIMIT = 500;

export function startSweepLoop(given: {
  upkeep: Pick<UpkeepStore, "sweep">;
  queue: Pick<QueueStore, "skipOverdue">;
  retentionMs: number;
  dedupeWindowMs: number;
  clock: Clock;
  telemetry: Telemetry;
  emit: Emit;
}): SweepLoop {
  const { clock, telemetry, retentionMs, dedupeWindowMs } = given;

  async function sweep(): Promise<number> {
    const result = await given.upkeep.sweep({
      now: clock.now(),
      retentionMs,
      dedupeWindowMs,
      sliceMs: SLICE_MS,
    });
    swept(telemetry, result);
    return result.busy ? toPauseMs(result) : SWEEP_EVERY_MS;
  }

  async function skip(): Promise<number> {
    const { due } = await given.queue.skipOverdue({ now: clock.now(), limit: SKIP_LIMIT });
    if (due.length > 0) given.emit({ kind: "endpointsDue", endpointIds: due });
    return due.length > 0 ? BUSY_PAUSE_MS : SKIP_EVERY_MS;
  }

  const loops = [
    startRepeating(given, SWEEP_EVERY_MS, sweep),
    startRepeating(given, SKIP_EVERY_MS, skip),
  ];
  return {
    stop() {
      for (const loop of loops) loop.stop();
    },
  };
}
