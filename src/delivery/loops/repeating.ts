/** Work of the upkeep that repeats after a pause of its choice, and after a failure in a fixed time. */
import type { Telemetry } from "../../telemetry/events.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";
import type { Clock } from "./clock.ts";
import { createLoop, type Loop } from "./loop.ts";

/** `work` returns the delay until its next call. After a failure the delay is `everyMs`. */
export function startRepeating(
  { clock, telemetry }: { clock: Clock; telemetry: Telemetry },
  everyMs: number,
  work: () => Promise<number>,
): Loop {
  const loop = createLoop({
    clock,
    calls: createStoreCalls(telemetry, "sweep"),
    backoff: { firstMs: everyMs, lastMs: everyMs },
    work: async () => clock.now() + (await work()),
  });
  loop.wakeAt(clock.now() + everyMs);
  return loop;
}
