/**
 * The engine of a node whose main thread sends: one owner of shards (`sending.ts`) and the upkeep of the node
 * (`upkeep.ts`). With sender threads the owners are in `senders/` instead, and the upkeep stays on the main thread.
 */
import type { EngineOptions } from "./engine-options.ts";
import type { EngineGauges } from "./gauges.ts";
import { orUntil, RECORD_GRACE_MS, startSending } from "./sending.ts";
import { startUpkeep } from "./upkeep.ts";

export type Engine = AsyncDisposable & {
  /** Stops the upkeep, and then the sending as `Sending.stop` does. */
  stop(p: { graceMs: number }): Promise<void>;
  snapshot(): EngineGauges;
};

const DISPOSE_GRACE_MS = 5000;

/** Resolves after the first attempt to take shards; a store that is unavailable then is retried. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { clock } = options;
  const sending = await startSending(options);
  const upkeep = startUpkeep({ ...options, sums: sending.sums, emit: sending.emit });
  let stopping: Promise<void> | null = null;

  async function stop(graceMs: number): Promise<void> {
    upkeep.stop();
    await sending.stop({ graceMs });
    await orUntil(upkeep.flush(), clock.now() + RECORD_GRACE_MS, clock);
  }

  return {
    stop: ({ graceMs }) => (stopping ??= stop(graceMs)),
    snapshot: sending.snapshot,
    [Symbol.asyncDispose]: () => (stopping ??= stop(DISPOSE_GRACE_MS)),
  };
}
