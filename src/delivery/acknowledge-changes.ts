/** Acknowledges a changed endpoint to the store: no older version of it is sent any more (I11). */
import type { ShardStore } from "../store/interface/shards.ts";
import type { Telemetry } from "../telemetry/events.ts";
import { createStoreCalls } from "../telemetry/store-calls.ts";
import type { Clock } from "./loops/clock.ts";

export type AcknowledgeChanges = {
  acknowledge(changed: { endpointId: string; version: number }): void;
  stop(): void;
};

const AGAIN_MS = 1000;

export function createAcknowledgeChanges(given: {
  store: Pick<ShardStore, "acknowledge">;
  owner: string;
  clock: Clock;
  telemetry: Telemetry;
}): AcknowledgeChanges {
  const { store, owner, clock } = given;
  const calls = createStoreCalls(given.telemetry, "lease");
  let isStopped = false;

  function acknowledge(changed: { endpointId: string; version: number }): void {
    if (isStopped) return;
    store.acknowledge({ owner, ...changed }).then(
      () => calls.worked(),
      (err: unknown) => {
        if (isStopped) return;
        calls.failed(err);
        // The call that made the change waits for this acknowledgement while the lease lasts, so retry.
        clock.setTimer(clock.now() + AGAIN_MS, () => acknowledge(changed));
      },
    );
  }

  return {
    acknowledge,
    stop() {
      isStopped = true;
    },
  };
}
