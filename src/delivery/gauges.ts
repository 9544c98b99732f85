/** What the engine and its store hold right now, read when the metrics are scraped. */
import type { UpkeepStore } from "../store/upkeep.ts";
import { watchGauges } from "../telemetry/metrics.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export type EngineGauges = {
  /** Attempts under way. */
  readonly inFlight: number;
  /** Lanes that wait for a place. */
  readonly waiting: number;
  readonly lanes: number;
  /** Lanes kept warm without any work. */
  readonly idle: number;
  /** Deliveries leased and not started. */
  readonly queued: number;
  /** Deliveries leased in all: queued, in flight, or not recorded yet. */
  readonly leased: number;
  /** Outcomes that wait for the store. */
  readonly unrecorded: number;
  /** Shards held. */
  readonly shards: number;
};

export function watchEngine(
  metrics: Metrics,
  given: {
    snapshot: () => EngineGauges;
    upkeep: Pick<UpkeepStore, "totals" | "gauges">;
  },
): void {
  watchGauges(metrics, {
    name: "hookline_engine",
    help: "What the engine of this node holds right now",
    read: () => ({ ...given.snapshot() }),
  });
  watchGauges(metrics, {
    name: "hookline_accounting",
    help: "Deliveries by state over all apps; created = delivered + pending + parked + failed + cancelled",
    read: async () => ({ ...(await given.upkeep.totals()) }),
  });
  watchGauges(metrics, {
    name: "hookline_store",
    help: "Pending deliveries, bytes of the store, open breakers, bytes owed to all apps and to one",
    read: async () => ({ ...(await given.upkeep.gauges()) }),
  });
}
