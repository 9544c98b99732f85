/**
 * Business events, one function each, called from one place each. Each function decides its log line, the
 * level and the metrics; no other code does. No function may take a secret, a text, or a complete phone
 * number (I10). Successes are logged at `debug` only: at thousands a second, the attempt log in the store is
 * the place to look.
 */
import type { Outcome } from "../core/delivery/outcome.ts";
import { isAccepted } from "../core/delivery/outcome.ts";
import type { Dialect } from "../core/snapshot.ts";
import type { Logger } from "./logger.ts";
import { countAccepted, countAttempt } from "./metrics.ts";
import type { Metrics, ResultClass } from "./metrics.ts";

export type Telemetry = { readonly logger: Logger; readonly metrics: Metrics };

type OfEndpoint = { readonly endpointId: string; readonly dialect: Dialect };

export function eventsAccepted(
  { logger, metrics }: Telemetry,
  p: { appId: string; count: number; repeated: boolean; tookMs: number },
): void {
  if (!p.repeated) {
    countAccepted(metrics, p);
  }
  if (logger.isLevelEnabled("debug")) logger.debug(p, "events accepted");
}

/** An event was accepted, and no endpoint gets it. */
export function eventUndelivered(
  { logger }: Telemetry,
  p: { appId: string; eventId: string; why: string },
): void {
  if (logger.isLevelEnabled("debug")) logger.debug(p, "event accepted without a delivery");
}

/** The backlogs of the endpoints were full for these deliveries, which can be replayed. */
export function backlogsFull(
  { logger, metrics }: Telemetry,
  p: { appId: string; count: number },
): void {
  metrics.deliveries.backlogFull.inc(p.count);
  logger.debug(p, "deliveries failed at once: the backlog of their endpoint is full");
}

export function publishRefused({ logger, metrics }: Telemetry, p: { code: string }): void {
  metrics.events.refused.inc({ code: p.code });
  if (logger.isLevelEnabled("debug")) logger.debug(p, "publish refused");
}

/** `latencyMs` is set for the first attempt of a delivery only. */
export function attemptFinished(
  { logger, metrics }: Telemetry,
  p: OfEndpoint & {
    eventId: string;
    attempt: number;
    outcome: Outcome;
    latencyMs: number | null;
  },
): void {
  const { outcome, dialect } = p;
  const result = toResult(outcome);
  const latencyMs = result === "ok" ? p.latencyMs : null;
  countAttempt(metrics, { dialect, result, durationMs: outcome.durationMs, latencyMs });
  if (!logger.isLevelEnabled("debug")) return;
  const { endpointId, eventId, attempt } = p;
  const { durationMs } = outcome;
  const more =
    outcome.kind === "response"
      ? { statusCode: outcome.status }
      : { reason: outcome.reason, detail: outcome.detail, operatorHint: outcome.operatorHint };
  logger.debug({ endpointId, eventId, attempt, dialect, result, durationMs, ...more }, "attempt");
}

/** The last attempt failed; the delivery can be replayed until retention removes it. */
export function deliveryExhausted(
  { logger, metrics }: Telemetry,
  p: OfEndpoint & { eventId: string; attempts: number; reason: string },
): void {
  metrics.deliveries.exhausted.inc({ dialect: p.dialect });
  logger.info(p, "delivery failed for good");
}

/**
 * The 72 hours of a delivery ended behind an open breaker: the failed probe counts as its last attempt (I6).
 */
export function expiredBehindBreaker(
  { logger, metrics }: Telemetry,
  p: OfEndpoint & {
    eventId: string;
    attempts: number;
    probe: { readonly attemptId: string | null; readonly failedAt: number };
  },
): void {
  metrics.deliveries.exhausted.inc({ dialect: p.dialect });
  metrics.breakers.expired.inc();
  const { endpointId, dialect, eventId, attempts, probe } = p;
  const reason = "exhausted";
  logger.info(
    { endpointId, dialect, eventId, attempts, reason, probe },
    "delivery failed for good: a failed probe of its endpoint counts as its last attempt",
  );
}

/** Several deliveries in a row failed: only single probes are sent until one succeeds. */
export function breakerOpened(
  { logger, metrics }: Telemetry,
  p: OfEndpoint & { probeAt: number },
): void {
  metrics.breakers.turned.inc({ to: "open" });
  logger.warn(p, "breaker opened");
}

/** The receiver accepted a delivery again; waiting deliveries are sent at a rising rate. */
export function breakerClosed({ logger, metrics }: Telemetry, p: OfEndpoint): void {
  metrics.breakers.turned.inc({ to: "closed" });
  logger.info(p, "breaker closed");
}

export function probeMade(
  { logger, metrics }: Telemetry,
  p: OfEndpoint & { turn: "opened" | "closed" | "probe_failed" | "probe_void" | null },
): void {
  const result = p.turn === "closed" ? "taken" : p.turn === "probe_void" ? "void" : "failed";
  metrics.breakers.probes.inc({ result });
  logger.debug(p, "probe made");
}

/** Slots were already past when an attempt ended: the server was down, or the attempt took long (I6). */
export function slotsSkipped(
  { logger }: Telemetry,
  p: OfEndpoint & { eventId: string; slots: readonly number[] },
): void {
  logger.debug(p, "slots of the retry schedule skipped");
}

/** The endpoint has failed for days without a success: unless that changes, it is disabled a day later. */
export function endpointWarned({ logger }: Telemetry, p: OfEndpoint): void {
  logger.warn(p, "endpoint has been failing for days and will be disabled");
}

export function endpointDisabled(
  { logger, metrics }: Telemetry,
  p: OfEndpoint & { reason: "gone" | "failing" },
): void {
  metrics.endpoints.disabled.inc({ dialect: p.dialect, reason: p.reason });
  logger.warn(p, "endpoint disabled");
}

/**
 * The address policy refused an endpoint's target; the hint names the setting that the operator may change.
 */
export function targetBlocked(
  { logger }: Telemetry,
  p: OfEndpoint & { operatorHint: string | undefined },
): void {
  logger.warn(p, "endpoint's target refused by the address policy");
}

/**
 * The server could not make the attempt (no sockets, a bug, a value that does not decrypt): no attempt is
 * used up (I7).
 */
export function attemptNotMade(
  { logger, metrics }: Telemetry,
  p: { endpointId: string; eventId: string; cause: string; err?: unknown },
): void {
  metrics.deliveries.released.inc({ cause: "own_fault" });
  logger.error(p, "attempt could not be made");
}

export function deliveriesReleased(
  { logger, metrics }: Telemetry,
  p: { cause: "stop" | "endpoint_changed" | "breaker_open" | "overflow"; count: number },
): void {
  metrics.deliveries.released.inc({ cause: p.cause }, p.count);
  logger.debug(p, "deliveries released");
}

export function shardsTaken({ logger }: Telemetry, p: { count: number; held: number }): void {
  logger.info(p, "shards taken");
}

/** Another node joined, and these shards were released for it. */
export function shardsReleased({ logger }: Telemetry, p: { count: number; held: number }): void {
  logger.info(p, "shards released for another node");
}

/** These shards have another owner or no owner: their lanes are dropped, their outcomes rejected. */
export function leaseLost({ logger }: Telemetry, p: { count: number; held: number }): void {
  logger.warn(p, "shards lost");
}

/** The lease could not be renewed in time: no attempt starts until it is renewed. */
export function leaseUncertain({ logger }: Telemetry, p: { renewedMsAgo: number }): void {
  logger.warn(p, "lease not renewed; sending is suspended");
}

export function outcomesStale({ logger, metrics }: Telemetry, p: { count: number }): void {
  metrics.deliveries.stale.inc(p.count);
  logger.warn(p, "outcomes rejected: the shard has a new owner");
}

/**
 * The store can write other outcomes but not this one: a bug. The delivery is stuck until the bug is fixed.
 */
export function outcomeUnwritable(
  { logger, metrics }: Telemetry,
  p: { deliveryId: number; endpointId: string; err: unknown },
): void {
  metrics.deliveries.unwritable.inc();
  logger.error(p, "outcome cannot be written; the next try is in a minute");
}

/** Operational events about attempts were suppressed: too many within a minute. */
export function operationalEventsSuppressed({ metrics }: Telemetry, p: { count: number }): void {
  metrics.deliveries.suppressed.inc(p.count);
}

export function outcomesRecorded({ metrics }: Telemetry, p: { count: number }): void {
  metrics.store.recordBatch(p.count);
}

/** The files of the open store were deleted, renamed or replaced; null once they are in place again. */
export function storeFilesMoved({ logger }: Telemetry, problem: Error | null): void {
  if (problem === null) logger.info("the store's files are in place again");
  else logger.error({ err: problem }, "the store's files were deleted, renamed or replaced");
}

export function swept({ logger, metrics }: Telemetry, p: { heldMs: number; busy: boolean }): void {
  metrics.store.sweepHeld(p.heldMs / 1000);
  if (logger.isLevelEnabled("trace")) logger.trace(p, "swept");
}

export function jobRequested(
  { logger }: Telemetry,
  p: { jobId: string; kind: string; endpointId: string | null },
): void {
  logger.info(p, "job requested");
}

/** One step of all jobs made these deliveries due. */
export function replayed({ metrics }: Telemetry, p: { count: number }): void {
  metrics.deliveries.replayed.inc(p.count);
}

export function jobEnded(
  { logger }: Telemetry,
  p: {
    jobId: string;
    kind: string;
    endpointId: string | null;
    done: number;
    state: string;
    reason: string | null;
  },
): void {
  logger.info(p, "job ended");
}

export function engineStarted({ logger }: Telemetry, p: { owner: string; shards: number }): void {
  logger.debug(p, "engine started");
}

export function engineStopped(
  { logger }: Telemetry,
  p: { released: number; abandoned: number; unrecorded: number },
): void {
  logger.info(p, "engine stopped");
}

function toResult(outcome: Outcome): ResultClass {
  if (isAccepted(outcome)) return "ok";
  if (outcome.kind === "response") {
    const { status } = outcome;
    if (status === 410) return "410";
    if (status === 429) return "429";
    if (status < 200) return "1xx";
    if (status < 400) return "3xx";
    return status < 500 ? "4xx" : "5xx";
  }
  switch (outcome.reason) {
    case "timeout":
    case "blocked":
      return outcome.reason;
    case "internal":
    case "cancelled":
      return "internal";
    case "dns_not_found":
    case "dns_failure":
    case "refused":
    case "reset":
    case "unreachable":
    case "tls":
    case "protocol":
    case "headers_too_large":
      return "network";
  }
}
