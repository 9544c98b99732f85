/** The work that a node does once, however many of its threads send: sweep, jobs, large fan-outs, charts. */
import type { Emit } from "./engine-events.ts";
import { limitsWith, type UpkeepOptions } from "./engine-options.ts";
import { watchStore } from "./gauges.ts";
import { startFanOutLoop } from "./loops/fan-out-loop.ts";
import { startJobLoop } from "./loops/job-loop.ts";
import { startSeriesLoop } from "./loops/series-loop.ts";
import { startSweepLoop } from "./loops/sweep-loop.ts";
import type { AttemptSums } from "./series/attempt-sums.ts";

export type Upkeep = {
  stop(): void;
  /** Appends the last sums for charts, once and without a retry. */
  flush(): Promise<void>;
};

/** `sums` are those of the attempts on this thread. `emit` is called beside the store's own notification. */
export function startUpkeep(
  options: UpkeepOptions & { readonly sums: AttemptSums; readonly emit: Emit },
): Upkeep {
  const { store, clock, telemetry, sums } = options;
  const { retentionMs, dedupeWindowMs } = options.settings;
  const sweepLoop = startSweepLoop({
    upkeep: store.upkeep,
    queue: store.queue,
    retentionMs,
    dedupeWindowMs,
    clock,
    telemetry,
    emit: options.emit,
  });
  const jobLoop = startJobLoop({
    jobs: store.jobs,
    perSecond: limitsWith(options.limits).replayedPerSecond,
    retentionMs,
    clock,
    telemetry,
  });
  const fanOutLoop = startFanOutLoop({ fanOuts: store.fanOuts, clock, telemetry });
  const seriesLoop = startSeriesLoop({ series: store.series, sums, clock, telemetry });
  watchStore(telemetry.metrics, store.upkeep);
  return {
    stop() {
      for (const loop of [sweepLoop, jobLoop, fanOutLoop, seriesLoop]) loop.stop();
    },
    flush: seriesLoop.flush,
  };
}
