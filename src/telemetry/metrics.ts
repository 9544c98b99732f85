/**
 * Counters and histograms for Prometheus, in a separate registry per server, so that two servers in one
 * process never share numbers. Labels have few values by construction: dialects, result classes, states. An
 * endpoint's or application's id is never a label: there may be millions.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { BUCKETS, toBucket } from "../core/series/histogram.ts";
import type { Dialect } from "../core/snapshot.ts";

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
  readonly finished: Counter.Internal;
  readonly duration: Histogram.Internal<"dialect">;
  readonly latency: Histogram.Internal<"dialect">;
};

export type Metrics = {
  readonly registry: Registry;
  readonly events: {
    readonly accepted: Counter;
    readonly refused: Counter<"code">;
  };
  /** Accepted events, and publishes by the bucket of their duration: counters for charts. */
  readonly accepting: { events: number; readonly durations: number[] };
  readonly attempts: {
    readonly finished: Counter<"dialect" | "result">;
    readonly duration: Histogram<"dialect">;
    /** Time from accepting an event to the 2xx of its first attempt. */
    readonly latency: Histogram<"dialect">;
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
    readonly recordBatch: Histogram;
    readonly acceptBatch: Histogram;
    readonly sweepHeld: Histogram;
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
  function histogram<Label extends string = never>(
    name: string,
    help: string,
    given: { buckets: number[]; labels?: Label[] },
  ) {
    const { buckets, labels = [] } = given;
    return new Histogram<Label>({ name, help, buckets, labelNames: labels, registers });
  }

  return {
    registry,
    events: {
      accepted: counter(
        "hookline_events_accepted_total",
        "Events stored durably and answered with 2xx",
      ),
      refused: counter("hookline_events_refused_total", "Publishes refused, by error code", [
        "code",
      ]),
    },
    accepting: { events: 0, durations: Array.from({ length: BUCKETS }, () => 0) },
    attempts: {
      finished: counter("hookline_attempts_total", "Attempts, by dialect and result", [
        "dialect",
        "result",
      ]),
      duration: histogram("hookline_attempt_duration_seconds", "Duration of an attempt", {
        buckets: ATTEMPT_SECONDS,
        labels: ["dialect"],
      }),
      latency: histogram(
        "hookline_publish_to_receipt_seconds",
        "Time from accepting an event to the 2xx of its first attempt",
        { buckets: LATENCY_SECONDS, labels: ["dialect"] },
      ),
      series: new Map(),
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
      recordBatch: histogram("hookline_record_batch_size", "Outcomes written in one commit", {
        buckets: BATCH_SIZES,
      }),
      acceptBatch: histogram("hookline_accept_batch_size", "Events in one publish request", {
        buckets: BATCH_SIZES,
      }),
      sweepHeld: histogram(
        "hookline_sweep_held_seconds",
        "Time that one sweep occupied the writer",
        {
          buckets: HELD_SECONDS,
        },
      ),
    },
  };
}

export function countAccepted(
  { events, store, accepting }: Metrics,
  p: { readonly count: number; readonly tookMs: number },
): void {
  events.accepted.inc(p.count);
  store.acceptBatch.observe(p.count);
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
    const { finished, duration, latency } = metrics.attempts;
    series = {
      finished: finished.labels(dialect, result),
      duration: duration.labels(dialect),
      latency: latency.labels(dialect),
    };
    metrics.attempts.series.set(key, series);
  }
  series.finished.inc();
  series.duration.observe(durationMs / 1000);
  if (attempt.latencyMs !== null) series.latency.observe(attempt.latencyMs / 1000);
}
