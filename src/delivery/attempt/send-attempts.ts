/**
 * Sends the deliveries that the lanes start, and passes each outcome to the recorder, the lane's adaptive
 * limit, the endpoint's health, and the telemetry. A success costs one request and a few objects. It needs no
 * separate timer or signal, since the sender keeps the deadline.
 */
import { writeDetail } from "../../core/delivery/attempt-detail.ts";
import { ID_PREFIXES, type IdSource } from "../../core/ids/ids.ts";
import type { Outcome } from "../../core/delivery/outcome.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { Sender, SendRequest } from "../../net/send.ts";
import type { RecordedOutcome } from "../../store/interface/queue.ts";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import { attemptNotMade, type Telemetry } from "../../telemetry/events.ts";
import type { Emit } from "../engine-events.ts";
import type { LoadedEndpoint } from "../lane/endpoint-loader.ts";
import type { Lane } from "../lane/lane.ts";
import { adjustConcurrency } from "../limits/adaptive-concurrency.ts";
import type { StoredAnswerBytes } from "../limits/stored-answer-bytes.ts";
import type { ClockSteps } from "../loops/clock-steps.ts";
import type { Clock } from "../loops/clock.ts";
import type { AttemptSums } from "../series/attempt-sums.ts";
import type { LiveAttempts } from "../loops/live-attempts.ts";
import type { Recorder } from "../loops/recorder.ts";
import { buildRequest, judge, type Render } from "./attempt.ts";
import type { DisableEndpoint } from "./disable-endpoint.ts";
import { postpone } from "./postpone.ts";
import { reportAttempt } from "./report-attempt.ts";
import { storedAnswer, type AnswerKeep } from "./stored-answer.ts";

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
  render: Render;
  userAgent: string;
  answerKeep: AnswerKeep;
  storedAnswers: StoredAnswerBytes;
  mostAtOnce: number;
  clock: Clock;
  clockSteps: ClockSteps;
  ids: IdSource;
  telemetry: Telemetry;
  failpoint: ((name: string) => void) | undefined;
  recorder: Pick<Recorder, "record">;
  sums: Pick<AttemptSums, "count">;
  live: Pick<LiveAttempts, "expect">;
  disable: DisableEndpoint;
  emit: Emit;
}): SendAttempts {
  const { sender, render, userAgent, clock, telemetry, recorder, emit } = given;
  let isAbandoned = false;

  function start(lane: Lane, loaded: LoadedEndpoint, delivery: LeasedDelivery): void {
    const attempt: Attempt = {
      lane,
      loaded,
      delivery,
      startedAt: clock.now(),
      tookFastSlot: lane.adaptive.isFast,
      isProbe: lane.breaker.open !== null || delivery.isProbe === true,
    };
    let request: SendRequest;
    try {
      const now = attempt.startedAt;
      request = buildRequest({ delivery, loaded, render, userAgent, now });
    } catch (err) {
      return giveUp(attempt, err);
    }
    void sender.send(request).then((outcome) => finish(attempt, outcome));
  }

  /** Postpones a delivery of which no request can be made. */
  function giveUp({ lane, delivery, isProbe, ...attempt }: Attempt, err: unknown): void {
    const { endpointId, snapshot } = delivery;
    const { eventId } = snapshot;
    const cause = "the webhook cannot be rendered or signed";
    attemptNotMade(telemetry, { endpointId, eventId, cause, err });
    const now = attempt.startedAt;
    const dueAt = now + BUG_PAUSE_MS;
    emit({ kind: "due", at: dueAt });
    recorder.record(lane, postpone(lane, delivery, { isProbe, dueAt, now }));
    lane.inFlight -= 1;
    emit({ kind: "finished", lane, tookFastSlot: attempt.tookFastSlot });
  }

  function finish(attempt: Attempt, outcome: Outcome): void {
    if (isAbandoned) return;
    given.failpoint?.("after-send-before-record");
    const { lane, loaded, delivery, startedAt, isProbe, tookFastSlot } = attempt;
    const now = clock.now();
    const received = storedAnswer(outcome, given.answerKeep);
    const { wire } = outcome;
    const detail =
      wire === undefined ? null : writeDetail({ ...wire, isProbe, attempt: delivery.attempts + 1 });
    const answer = given.storedAnswers.count(received, {
      detail,
      appId: loaded.endpoint.appId,
      ownLimit: loaded.storedAnswerLimit,
      now,
    });
    const judged = judge({
      delivery: shiftSchedule(delivery, given.clockSteps.since(delivery.baseAt)),
      loaded,
      health: lane.health ?? loaded.health,
      breaker: lane.breaker,
      isProbe,
      attemptId: given.ids.next(ID_PREFIXES.attempt),
      startedAt,
      now,
      outcome,
      answer,
      detail: answer === received ? detail : null,
    });
    adjustConcurrency(lane.adaptive, { outcome, startedAt, now, mostAtOnce: given.mostAtOnce });
    const recorded = withPause(lane, judged.recorded, now);
    given.live.expect(recorded, { appId: lane.appId, eventId: delivery.snapshot.eventId });
    recorder.record(lane, recorded);
    lane.inFlight -= 1;
    lane.health = judged.health.health;
    if (judged.breaker !== null) lane.breaker = judged.breaker.state;
    const { next } = judged.recorded;
    if (next.state === "pending") emit({ kind: "due", at: next.dueAt });
    const isFirst = delivery.attempts === 0 && delivery.trigger === "scheduled";
    const { endpointId, baseAt } = delivery;
    given.sums.count({ endpointId, outcome, now, baseAt, startedAt, isFirst });
    reportAttempt(telemetry, { delivery, loaded, isProbe, outcome, judged, now });
    if (judged.health.action === "disable") given.disable(lane, loaded, judged.health.reason);
    emit({ kind: "finished", lane, tookFastSlot });
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
