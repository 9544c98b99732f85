/**
 * Sends the deliveries that the lanes start, and passes each outcome to the recorder, the lane's adaptive
 * limit, the endpoint's health, and the telemetry. A success costs one request and a few objects. It needs no
 * separate timer or signal, since the sender keeps the deadline.
 */
import type { BreakerChange } from "../../core/delivery/breaker.ts";
import { ID_PREFIXES, type IdSource } from "../../core/ids/ids.ts";
import type { Outcome } from "../../core/delivery/outcome.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { Sender, SendRequest } from "../../net/send.ts";
import type { EndpointStore } from "../../store/interface/endpoints.ts";
import type { RecordedOutcome } from "../../store/interface/queue.ts";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import {
  attemptNotMade,
  attemptFinished,
  breakerClosed,
  breakerOpened,
  deliveryExhausted,
  endpointDisabled,
  endpointWarned,
  probeMade,
  slotsSkipped,
  targetBlocked,
  type Telemetry,
} from "../../telemetry/events.ts";
import {
  buildRequest,
  judge,
  postponed,
  postponedProbe,
  type Judged,
  type Render,
} from "./attempt.ts";
import type { Clock } from "../loops/clock.ts";
import type { ClockSteps } from "../loops/clock-steps.ts";
import type { Lane } from "../lane/lane.ts";
import type { LoadedEndpoint } from "../lane/endpoint-loader.ts";
import { adjustConcurrency } from "../limits/adaptive-concurrency.ts";
import type { AnswerKeep } from "./stored-answer.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";

type Attempt = {
  readonly lane: Lane;
  readonly loaded: LoadedEndpoint;
  readonly delivery: LeasedDelivery;
  readonly startedAt: Instant;
  /** The lane's `adaptive.isFast` when the slot was acquired. */
  readonly tookFastSlot: boolean;
  readonly isProbe: boolean;
};

export type SendAttempts = {
  /** Sends one delivery, for which the lane has acquired a slot. Never throws. */
  start(lane: Lane, loaded: LoadedEndpoint, delivery: LeasedDelivery): void;
  /** Ignores all later outcomes: their deliveries are due again under the next owner. */
  abandon(): void;
};

/** A bug in rendering or a secret that cannot sign is not fixed within a second. */
const BUG_PAUSE_MS = 60_000;
/** Shorter pauses are not stored, so a restart forgets them. */
const KEPT_PAUSE_MS = 30_000;

export function createSendAttempts(given: {
  sender: Pick<Sender, "send">;
  endpoints: Pick<EndpointStore, "update">;
  render: Render;
  userAgent: string;
  answerKeep: AnswerKeep;
  mostAtOnce: number;
  clock: Clock;
  clockSteps: ClockSteps;
  ids: IdSource;
  telemetry: Telemetry;
  failpoint: ((name: string) => void) | undefined;
  record: (lane: Lane, outcome: Judged["recorded"]) => void;
  /** The delivery is due again at this instant. */
  onDueAt: (at: Instant) => void;
  onEndpointChanged: (changed: { endpointId: string; version: number }) => void;
  /** The slot can be released and the lane may continue. */
  onFinished: (lane: Lane, tookFastSlot: boolean) => void;
}): SendAttempts {
  const { sender, render, userAgent, clock, ids, telemetry } = given;
  const calls = createStoreCalls(telemetry, "configuration");
  let isAbandoned = false;

  function start(lane: Lane, loaded: LoadedEndpoint, delivery: LeasedDelivery): void {
    const startedAt = clock.now();
    const tookFastSlot = lane.adaptive.isFast;
    const isProbe = lane.breaker.open !== null || delivery.isProbe === true;
    let request: SendRequest;
    try {
      request = buildRequest({ delivery, loaded, render, userAgent, now: startedAt });
    } catch (err) {
      const { endpointId, snapshot } = delivery;
      const { eventId } = snapshot;
      attemptNotMade(telemetry, {
        endpointId,
        eventId,
        cause: "the webhook cannot be rendered or signed",
        err,
      });
      postpone(lane, delivery, { isProbe, now: startedAt });
      lane.inFlight -= 1;
      given.onFinished(lane, tookFastSlot);
      return;
    }
    const attempt = { lane, loaded, delivery, startedAt, tookFastSlot, isProbe };
    void sender.send(request).then((outcome) => finish(attempt, outcome));
  }

  function finish(attempt: Attempt, outcome: Outcome): void {
    if (isAbandoned) return;
    given.failpoint?.("after-send-before-record");
    const { lane, loaded, delivery, startedAt } = attempt;
    const now = clock.now();
    const judged = judge({
      delivery: shiftSchedule(delivery, given.clockSteps.since(delivery.baseAt)),
      loaded,
      health: lane.health ?? loaded.health,
      breaker: lane.breaker,
      isProbe: attempt.isProbe,
      attemptId: ids.next(ID_PREFIXES.attempt),
      startedAt,
      now,
      outcome,
      answerKeep: given.answerKeep,
    });
    adjustConcurrency(lane.adaptive, { outcome, startedAt, now, mostAtOnce: given.mostAtOnce });
    given.record(lane, withPause(lane, judged.recorded, now));
    lane.inFlight -= 1;
    lane.health = judged.health.health;
    if (judged.breaker !== null) lane.breaker = judged.breaker.state;
    if (judged.recorded.next.state === "pending") given.onDueAt(judged.recorded.next.dueAt);
    reportAttempt(attempt, outcome, judged);
    if (judged.breaker !== null) reportBreaker(attempt, judged.breaker);
    if (judged.health.action === "disable") disable(lane, loaded, judged.health.reason);
    given.onFinished(lane, attempt.tookFastSlot);
  }

  function reportAttempt(
    { delivery, loaded }: Attempt,
    outcome: Outcome,
    { after, health }: Judged,
  ): void {
    const { endpointId, dialect } = loaded.endpoint;
    const { eventId } = delivery.snapshot;
    if (after.state === "unchanged") {
      if (outcome.kind === "failed" && outcome.reason === "internal") {
        attemptNotMade(telemetry, {
          endpointId,
          eventId,
          cause: outcome.operatorHint ?? outcome.detail,
        });
      }
      return;
    }
    const attempt = delivery.attempts + 1;
    const isFirst = attempt === 1 && delivery.trigger === "scheduled";
    const latencyMs = isFirst ? clock.now() - delivery.baseAt : null;
    attemptFinished(telemetry, { endpointId, dialect, eventId, attempt, outcome, latencyMs });
    if (after.state === "pending" && after.skipped.length > 0) {
      slotsSkipped(telemetry, { endpointId, dialect, eventId, slots: after.skipped });
    }
    if (after.state === "failed") {
      const { reason } = after;
      deliveryExhausted(telemetry, { endpointId, dialect, eventId, attempts: attempt, reason });
    }
    if (health.action === "warn") endpointWarned(telemetry, { endpointId, dialect });
    if (outcome.kind === "failed" && outcome.reason === "blocked" && health.changed) {
      targetBlocked(telemetry, { endpointId, dialect, operatorHint: outcome.operatorHint });
    }
  }

  function reportBreaker({ loaded, isProbe }: Attempt, { state, turn }: BreakerChange): void {
    const { endpointId, dialect } = loaded.endpoint;
    const { open } = state;
    if (isProbe) probeMade(telemetry, { endpointId, dialect, turn });
    if (turn === "closed") breakerClosed(telemetry, { endpointId, dialect });
    if (turn === "opened" && open !== null) {
      breakerOpened(telemetry, { endpointId, dialect, probeAt: open.probeAt });
    }
  }

  /**
   * Disables the endpoint by changing one row, however long its queue is. Until that is done no attempt
   * starts in the lane.
   */
  function disable(lane: Lane, loaded: LoadedEndpoint, reason: "gone" | "failing"): void {
    if (lane.isDisabling) return;
    lane.isDisabling = true;
    const { endpointId, appId, dialect } = loaded.endpoint;
    given.endpoints
      .update({
        appRef: appId,
        ref: endpointId,
        change: { status: "disabled", disabledReason: reason },
        operationalEvents: {
          type: "endpoint.disabled",
          reason,
          failingSince: lane.health?.failingSince ?? null,
        },
        now: clock.now(),
      })
      .then((changed) => {
        calls.worked();
        endpointDisabled(telemetry, { endpointId, dialect, reason });
        const version = changed?.version ?? loaded.endpoint.version + 1;
        given.onEndpointChanged({ endpointId, version });
      })
      .catch((err: unknown) => {
        // The next failing attempt leads to the same decision.
        calls.failed(err);
        given.onEndpointChanged({ endpointId, version: loaded.endpoint.version });
      });
  }

  function postpone(
    lane: Lane,
    delivery: LeasedDelivery,
    { isProbe, now }: { isProbe: boolean; now: Instant },
  ): void {
    const dueAt = now + BUG_PAUSE_MS;
    given.onDueAt(dueAt);
    if (!isProbe) return given.record(lane, postponed(delivery, dueAt));
    const voided = postponedProbe(delivery, { breaker: lane.breaker, dueAt, now });
    lane.breaker = voided.breaker;
    given.record(lane, voided.recorded);
  }

  return {
    start,
    abandon() {
      isAbandoned = true;
    },
  };
}

/** Shifts the schedule by the time that the clock was set ahead. */
function shiftSchedule(delivery: LeasedDelivery, byMs: number): LeasedDelivery {
  return byMs === 0 ? delivery : { ...delivery, baseAt: delivery.baseAt + byMs };
}

/**
 * Stores a pause that is long enough to matter and longer than the stored one, so that it survives a restart.
 */
function withPause(lane: Lane, recorded: RecordedOutcome, now: Instant): RecordedOutcome {
  const { pausedUntil } = lane.adaptive;
  if (pausedUntil - Math.max(now, lane.savedPause) < KEPT_PAUSE_MS) return recorded;
  lane.savedPause = pausedUntil;
  return { ...recorded, pausedUntil };
}
