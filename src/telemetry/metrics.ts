/**
 * Counters and histograms for Prometheus, in a separate registry per server, so that two servers in one
 * process never share numbers. Labels have few values by construction: dialects, result classes, states. An
 * endpoint's or application's id is never a label: there may be millions.
 */
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { BUCKETS, toBucket } from "../core/series/histogram.ts";
import type { Dialect } from "../core/snapshot.ts";
import {
  createHistogram,
  createLabelledHistogram,
  type LabelledHistogram,
  type Observe,
} from "./histogram.ts";

/** `ok`, the class of the status, or the kind of failure when there was no status. */
export type ResultClass =
  | "ok"
  | "1xx"
  | "3xx"
  | "4xx"
  | "410"
  | "429"
  | "5xx"
  | "timeout"
  | "network"
  | "blocked"
  | "internal";

type AttemptSeries = {
  readonly dialect: Dialect;
  readonly result: ResultClass;
  finished: number;
  readonly observeDuration: Observe;
  readonly observeLatency: Observe;
};

export type Metrics = {
  readonly registry: Registry;
  readonly events: {
    readonly refused: Counter<"code">;
  };
  /** Accepted events, and publishes by the bucket of their duration: counters for charts and scrapes. */
  readonly accepting: { events: number; readonly durations: number[] };
  readonly attempts: {
    readonly duration: LabelledHistogram;
    /** Time from accepting an event to the 2xx of its first attempt. */
    readonly latency: LabelledHistogram;
    /** Series by dialect and result: looking labels up for every attempt cost 2 % of the main thread. */
    readonly series: Map<string, AttemptSeries>;
  };
  readonly deliveries: {
    readonly exhausted: Counter<"dialect">;
    readonly backlogFull: Counter;
    readonly stale: Counter;
    readonly unwritable: Counter;
    readonly released: Counter<"cause">;
    readonly suppressed: Counter;
    readonly replayed: Counter;
  };
  readonly breakers: {
    readonly turned: Counter<"to">;
    readonly probes: Counter<"result">;
    readonly expired: Counter;
  };
  readonly endpoints: {
    readonly disabled: Counter<"dialect" | "reason">;
  };
  readonly limits: {
    readonly refusals: Counter<"limit">;
  };
  readonly log: {
    readonly dropped: Counter;
  };
  readonly store: {
    readonly unavailable: Counter<"work">;
    readonly recordBatch: Observe;
    readonly acceptBatch: Observe;
    readonly sweepHeld: Observe;
  };
};

const ATTEMPT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 15, 30, 45];
const LATENCY_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const HELD_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5];

/** `processMetrics` adds the metrics of the Node process: memory, event loop, garbage collection. */
export function createMetrics(options: { processMetrics: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics) collectDefaultMetrics({ register: registry });

  function counter<Label extends string = never>(name: string, help: string, labels: Label[] = []) {
    return new Counter<Label>({ name, help, labelNames: labels, registers });
  }
  const accepting = { events: 0, durations: Array.from({ length: BUCKETS }, () => 0) };
  const series = new Map<string, AttemptSeries>();
  scrapeSums(registry, { accepting, series });

  return {
    registry,
    events: {
      refused: counter("hookline_events_refused_total", "Publishes refused, by error code", [
        "code",
      ]),
    },
    accepting,
    attempts: {
      duration: createLabelledHistogram(registry, {
        name: "hookline_attempt_duration_seconds",
        help: "Duration of an attempt",
        buckets: ATTEMPT_SECONDS,
        label: "dialect",
      }),
      latency: createLabelledHistogram(registry, {
        name: "hookline_publish_to_receipt_seconds",
        help: "Time from accepting an event to the 2xx of its first attempt",
        buckets: LATENCY_SECONDS,
        label: "dialect",
      }),
      series,
    },
    deliveries: {
      backlogFull: counter(
        "hookline_backlog_full_total",
        "Deliveries that failed at once because the backlog of their endpoint was full",
      ),
      exhausted: counter("hookline_deliveries_failed_total", "Deliveries that failed for good", [
        "dialect",
      ]),
      stale: counter(
        "hookline_outcomes_stale_total",
        "Outcomes rejected because the lease was lost",
      ),
      unwritable: counter(
        "hookline_outcomes_unwritable_total",
        "Outcomes that the store could not write while it could write others",
      ),
      suppressed: counter(
        "hookline_operational_events_dropped_total",
        "Operational events about attempts that were suppressed: too many within a minute",
      ),
      released: counter(
        "hookline_deliveries_released_total",
        "Leases released without an attempt",
        ["cause"],
      ),
      replayed: counter("hookline_deliveries_replayed_total", "Deliveries that jobs made due"),
    },
    breakers: {
      turned: counter("hookline_breaker_turns_total", "Breakers that opened or closed", ["to"]),
      probes: counter("hookline_breaker_probes_total", "Probes of open breakers, by result", [
        "result",
      ]),
      expired: counter(
        "hookline_expired_behind_breaker_total",
        "Deliveries past 72 hours whose last attempt was a failed probe of their endpoint",
      ),
    },
    endpoints: {
      disabled: counter(
        "hookline_endpoints_disabled_total",
        "Endpoints disabled automatically, by reason",
        ["dialect", "reason"],
      ),
    },
    limits: {
      refusals: counter("hookline_limit_refusals_total", "Calls refused by a limit, by its name", [
        "limit",
      ]),
    },
    log: {
      dropped: counter(
        "hookline_log_lines_dropped_total",
        "Log lines dropped because standard output was not read, was closed, or its disk was full",
      ),
    },
    store: {
      unavailable: counter("hookline_store_unavailable_total", "Store calls that failed, by work", [
        "work",
      ]),
      recordBatch: createHistogram(registry, {
        name: "hookline_record_batch_size",
        help: "Outcomes written in one commit",
        buckets: BATCH_SIZES,
      }),
      acceptBatch: createHistogram(registry, {
        name: "hookline_accept_batch_size",
        help: "Events in one publish request",
        buckets: BATCH_SIZES,
      }),
      sweepHeld: createHistogram(registry, {
        name: "hookline_sweep_held_seconds",
        help: "Time that one sweep occupied the writer",
        buckets: HELD_SECONDS,
      }),
    },
  };
}

/** Counters that change with every event or attempt are plain numbers, and read when scraped. */
function scrapeSums(
  registry: Registry,
  { accepting, series }: Pick<Metrics, "accepting"> & Pick<Metrics["attempts"], "series">,
): void {
  const accepted = new Counter({
    name: "hookline_events_accepted_total",
    help: "Events stored durably and answered with 2xx",
    registers: [],
    collect() {
      this.reset();
      this.inc(accepting.events);
    },
  });
  const finished = new Counter({
    name: "hookline_attempts_total",
    help: "Attempts, by dialect and result",
    labelNames: ["dialect", "result"],
    registers: [],
    collect() {
      this.reset();
      for (const one of series.values()) {
        this.inc({ dialect: one.dialect, result: one.result }, one.finished);
      }
    },
  });
  registry.registerMetric(accepted);
  registry.registerMetric(finished);
}

export function countAccepted(
  { store, accepting }: Metrics,
  p: { readonly count: number; readonly tookMs: number },
): void {
  store.acceptBatch(p.count);
  const bucket = toBucket(p.tookMs);
  accepting.events += p.count;
  accepting.durations[bucket] = (accepting.durations[bucket] as number) + 1;
}

/**
 * Registers a family of gauges that are read when scraped: one series for each member that `read` returns,
 * under the label `of`. A failed read leaves this family out and does not affect the rest of the scrape.
 */
export function watchGauges(
  metrics: Metrics,
  family: {
    readonly name: string;
    readonly help: string;
    readonly read: () =>
      | Readonly<Record<string, number>>
      | Promise<Readonly<Record<string, number>>>;
  },
): void {
  const { name, help, read } = family;
  const gauge = new Gauge({
    name,
    help,
    labelNames: ["of"],
    registers: [metrics.registry],
    async collect() {
      this.reset();
      const values = await Promise.resolve()
        .then(read)
        .catch(() => ({}));
      for (const [of, value] of Object.entries(values)) this.set({ of }, value);
    },
  });
  gauge.reset();
}

export function countAttempt(
  metrics: Metrics,
  attempt: {
    dialect: Dialect;
    result: ResultClass;
    durationMs: number;
    /** Null for a later attempt and for a failure. */
    latencyMs: number | null;
  },
): void {
  const { dialect, result, durationMs } = attempt;
  const key = `${dialect} ${result}`;
  let series = metrics.attempts.series.get(key);
  if (series === undefined) {
    const { duration, latency } = metrics.attempts;
    series = {
      dialect,
      result,
      finished: 0,
      observeDuration: duration(dialect),
      observeLatency: latency(dialect),
    };
    metrics.attempts.series.set(key, series);
  }
  series.finished += 1;
  series.observeDuration(durationMs / 1000);
  if (attempt.latencyMs !== null) series.observeLatency(attempt.latencyMs / 1000);
}
