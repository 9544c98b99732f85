/**
 * The engine of a node that sends on threads. Each thread owns a fixed part of the node's shards; the main thread has
 * the upkeep. All threads start and end together: one that ends alone stops the program, and another start recovers.
 */
import type { ChangingKeyRing } from "../../core/crypto/key-ring.ts";
import { toSenderName } from "../../core/ids/node-name.ts";
import type { LiveTap } from "../../core/live/notice.ts";
import { shareWants, type LiveWants } from "../../core/live/wanted.ts";
import type { Store } from "../../store/store.ts";
import { openOwnerAccess } from "../../store/thread/owner-messages.ts";
import type { LogTarget } from "../../telemetry/log-output.ts";
import { addThreads } from "../../telemetry/print-metrics.ts";
import type { Engine } from "../engine.ts";
import { ENGINE_LIMITS, type EngineLimits, type UpkeepOptions } from "../engine-options.ts";
import { createAttemptSums } from "../series/attempt-sums.ts";
import { orUntil, RECORD_GRACE_MS } from "../sending.ts";
import { startUpkeep } from "../upkeep.ts";
import type { SharedMemory } from "./messages.ts";
import { type OpenThread, startSenderThread } from "./sender-thread.ts";

/** The part of one thread in the limits of the node. The store counts the leases of all threads together. */
export function divideLimits(
  limits: Pick<EngineLimits, "inFlight">,
  { count, index }: { readonly count: number; readonly index: number },
): Partial<EngineLimits> {
  const more = index < limits.inFlight % count ? 1 : 0;
  return {
    inFlight: Math.floor(limits.inFlight / count) + more,
    idleLanes: Math.ceil(ENGINE_LIMITS.idleLanes / count),
  };
}

/** Resolves when each thread has tried to take its shards. */
export async function startSenders(
  given: UpkeepOptions & {
    readonly store: Store;
    /** Name of the node. */
    readonly owner: string;
    /** At most the number of attempts in flight. */
    readonly count: number;
    readonly limits: Pick<EngineLimits, "inFlight" | "replayedPerSecond">;
    readonly keys: ChangingKeyRing;
    readonly memory: SharedMemory;
    readonly live: LiveTap & { onWants(listener: (wants: LiveWants) => void): void };
    readonly log: LogTarget;
    readonly openThread: OpenThread;
    readonly onFailed: (error: Error) => void;
  },
): Promise<Pick<Engine, "stop">> {
  const { store, owner, count, keys, limits, clock, telemetry } = given;
  const siblings = Array.from({ length: count }, (_, index) => toSenderName(owner, index + 1));
  const { current, previous, isSettled } = keys;
  const threads = siblings.map((name, index) =>
    startSenderThread({
      ...given,
      start: {
        owner: name,
        siblings,
        limits: divideLimits(limits, { count, index }),
        keys: { current, previous, isSettled },
        access: openOwnerAccess(store),
        memory: given.memory,
      },
    }),
  );
  keys.onChange((ring) => {
    // The ring of the next change has getters, which no message copies.
    const { current, previous, isSettled } = ring;
    for (const thread of threads)
      thread.post({ kind: "keys", ring: { current, previous, isSettled } });
  });
  given.live.onWants((wants) => shareWants(given.memory.liveWants, wants));
  addThreads(
    telemetry.metrics,
    threads.map(({ readMetrics }) => readMetrics),
  );
  try {
    await Promise.all(threads.map(({ started }) => started));
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.stop({ graceMs: 0 })));
    throw error;
  }
  const upkeep = startUpkeep({ ...given, sums: createAttemptSums(), emit: () => undefined });
  let stopping: Promise<void> | null = null;

  async function stop(graceMs: number): Promise<void> {
    upkeep.stop();
    await Promise.all(threads.map((thread) => thread.stop({ graceMs })));
    await orUntil(upkeep.flush(), clock.now() + RECORD_GRACE_MS, clock);
  }

  return { stop: ({ graceMs }) => (stopping ??= stop(graceMs)) };
}
