/** Current counts of the engine and its store, read when the metrics are scraped. */
import type { UpkeepStore } from "../store/interface/upkeep.ts";
import { watchGauges } from "../telemetry/metrics.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export type EngineGauges = {
  /** Attempts in flight. */
  readonly inFlight: number;
  /** Lanes that wait for a concurrency slot. */
  readonly waiting: number;
  readonly lanes: number;
  /** Lanes kept in memory without any work. */
  readonly idle: number;
  /** Leased deliveries that have not started. */
  readonly queued: number;
  /** All leased deliveries: queued, in flight, or not recorded yet. */
  readonly leased: number;
  /** Outcomes that wait for the store. */
  readonly unrecorded: number;
  /** Shards that this node owns. */
  readonly shards: number;
};

export function watchSending(metrics: Metrics, snapshot: () => EngineGauges): void {
  watchGauges(metrics, {
    name: "hookline_engine",
    help: "Counts of this node's delivery engine: lanes, attempts in flight, leased deliveries, owned shards",
    read: () => ({ ...snapshot() }),
  });
}

export function watchStore(metrics: Metrics, upkeep: Pick<UpkeepStore, "totals" | "gauges">): void {
  watchGauges(metrics, {
    name: "hookline_accounting",
    help: "Deliveries by state over all applications; created = delivered + pending + parked + failed + cancelled + not yet fanned out",
    read: async () => ({ ...(await upkeep.totals()) }),
  });
  watchGauges(metrics, {
    name: "hookline_store",
    help: "Pending deliveries, store size in bytes, open breakers, pending bytes of all applications and of the largest, and seconds that the search index is behind",
    read: async () => ({ ...(await upkeep.gauges()) }),
  });
}
