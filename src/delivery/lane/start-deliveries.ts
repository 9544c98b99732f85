/**
 * Decides which queued delivery of a lane may start now. Trouble of one endpoint stays in its lane (I4): a
 * lane holds at most its adaptive limit of concurrency slots. A changed endpoint is loaded again before
 * anything else is sent to it (I11).
 */
import type { OpenBreaker } from "../../core/delivery/breaker.ts";
import type { Instant } from "../../core/snapshot.ts";
import { deliveriesReleased, type Telemetry } from "../../telemetry/events.ts";
import type { SendAttempts } from "../attempt/send-attempts.ts";
import type { Emit } from "../engine-events.ts";
import { consume, nextSendAt } from "../limits/adaptive-concurrency.ts";
import type { AppRates } from "../limits/app-rates.ts";
import type { ConcurrencyLimit } from "../limits/concurrency-limit.ts";
import type { Clock } from "../loops/clock.ts";
import type { Recorder } from "../loops/recorder.ts";
import type { ShardLease } from "../loops/shard-lease.ts";
import { enqueue, queuedCount, takeAll, takeNext, type Lane } from "./lane.ts";
import { findRate, toConcurrency } from "./lane-limits.ts";
import type { LaneLoading } from "./lane-loading.ts";
import { wakeLaneAt } from "./lane-timer.ts";

/** Starts every delivery that may start in the lane. */
export type StartDeliveries = (lane: Lane) => void;

export function createStartDeliveries(given: {
  clock: Clock;
  telemetry: Telemetry;
  recorder: Recorder;
  lease: Pick<ShardLease, "isCertain" | "isLeaving">;
  loading: LaneLoading;
  concurrency: ConcurrencyLimit;
  attempts: Pick<SendAttempts, "start">;
  appRates: AppRates;
  emit: Emit;
}): StartDeliveries {
  const { clock, recorder, lease, loading, concurrency, attempts, appRates } = given;

  /** A full recorder and an uncertain lease hold back all lanes; all are tried again when that has ended. */
  function maySend(lane: Lane): boolean {
    if (queuedCount(lane) === 0 || lane.isDisabling || lane.isDropped) return false;
    return !recorder.isFull() && lease.isCertain() && !lease.isLeaving(lane.shard);
  }

  /** Releases all queued deliveries, due as before (I7), except the probe if it is due. */
  function keepProbe(lane: Lane, open: OpenBreaker, now: Instant): void {
    const queued = takeAll(lane);
    // A probe chosen by the store may start regardless of the remembered time: its time was brought forward.
    const chosen =
      queued.find(({ isProbe }) => isProbe) ?? (now >= open.probeAt ? queued[0] : null);
    const probe = lane.inFlight === 0 ? chosen : null;
    let count = 0;
    for (const delivery of queued) {
      if (delivery === probe) {
        enqueue(lane, delivery);
        continue;
      }
      recorder.release(lane, delivery);
      count += 1;
    }
    if (count > 0) deliveriesReleased(given.telemetry, { cause: "breaker_open", count });
  }

  return (lane) => {
    if (!maySend(lane)) return;
    const { loaded } = lane;
    if (loaded === null || loaded.endpoint.version < lane.version) return loading.load(lane);
    const now = clock.now();
    if (lane.breaker.open !== null) keepProbe(lane, lane.breaker.open, now);
    const { appRate } = loaded;
    const { appId, throttleRate } = loaded.endpoint;
    const rate = findRate(lane, throttleRate, now);
    while (queuedCount(lane) > 0 && lane.inFlight < toConcurrency(lane)) {
      const at = Math.max(nextSendAt(lane.adaptive, rate), appRates.nextSendAt(appId, appRate));
      if (at > now) return wakeLaneAt(lane, at, given);
      if (!concurrency.acquire(lane)) return;
      consume(lane.adaptive, rate, now);
      appRates.consume(appId, appRate, now);
      lane.inFlight += 1;
      attempts.start(lane, loaded, takeNext(lane));
    }
  };
}
