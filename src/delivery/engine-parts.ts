/** Makes the parts of the engine. Each gets the parts before it, and notifies later ones by events. */
import { NO_TAP } from "../core/live/notice.ts";
import { createDisableEndpoint } from "./attempt/disable-endpoint.ts";
import { createSendAttempts, type SendAttempts } from "./attempt/send-attempts.ts";
import type { EngineEvent } from "./engine-events.ts";
import type { EngineLimits, SendingOptions } from "./engine-options.ts";
import { createEndpointLoader, type EndpointLoader } from "./lane/endpoint-loader.ts";
import { createLaneClaims } from "./lane/lane-claims.ts";
import { createLaneLoading } from "./lane/lane-loading.ts";
import { createLaneRegistry, type LaneRegistry } from "./lane/lane-registry.ts";
import { createLanes, type Lanes } from "./lane/lanes.ts";
import { createStartDeliveries } from "./lane/start-deliveries.ts";
import { createAppRates } from "./limits/app-rates.ts";
import { createConcurrencyLimit, type ConcurrencyLimit } from "./limits/concurrency-limit.ts";
import { createClaimLoop, type ClaimLoop } from "./loops/claim-loop.ts";
import type { ClockSteps } from "./loops/clock-steps.ts";
import { createLiveAttempts } from "./loops/live-attempts.ts";
import { createRecorder, type Recorder } from "./loops/recorder.ts";
import { createAttemptSums, type AttemptSums } from "./series/attempt-sums.ts";
import { createShardLease, type ShardLease } from "./loops/shard-lease.ts";

export type EngineParts = {
  readonly registry: LaneRegistry;
  readonly recorder: Recorder;
  readonly sums: AttemptSums;
  readonly lease: ShardLease;
  readonly loader: EndpointLoader;
  readonly attempts: SendAttempts;
  readonly concurrency: ConcurrencyLimit;
  readonly lanes: Lanes;
  readonly claimLoop: ClaimLoop;
  readonly emit: (event: EngineEvent) => void;
};

export function createEngineParts(
  options: SendingOptions,
  { limits, clockSteps }: { limits: EngineLimits; clockSteps: ClockSteps },
): EngineParts {
  const { store, settings } = options;
  const { clock, telemetry, owner } = options;
  const live = createLiveAttempts(options.live ?? NO_TAP);
  const common = { clock, telemetry, emit };
  const registry = createLaneRegistry(limits, clock);
  const recorder = createRecorder({
    ...common,
    store: store.queue,
    limit: limits.unrecorded,
    live,
  });
  const lease = createShardLease({
    ...common,
    store: store.shards,
    owner,
    siblings: options.siblings ?? [],
    leaseMs: limits.leaseMs,
    atMost: limits.shards,
    registry,
  });
  const loader = createEndpointLoader({
    ...common,
    store: store.endpoints,
    keys: options.keys,
    policies: settings,
    signatureHeaders: settings.signatureHeaders,
  });
  const loading = createLaneLoading({ ...common, loader, recorder, registry });
  const sums = createAttemptSums();
  const attempts = createSendAttempts({
    ...common,
    sender: options.sender,
    render: options.render,
    userAgent: `Hookline/${options.version}`,
    answerKeep: settings,
    storedAnswers: options.storedAnswers,
    mostAtOnce: limits.mostAtOnce,
    clockSteps,
    ids: options.ids,
    failpoint: options.failpoint,
    recorder,
    sums,
    live,
    disable: createDisableEndpoint({ ...common, endpoints: store.endpoints }),
  });
  const concurrency = createConcurrencyLimit(limits.inFlight);
  const claims = createLaneClaims({ ...common, registry, limits });
  const start = createStartDeliveries({
    ...common,
    recorder,
    lease,
    loading,
    concurrency,
    attempts,
    appRates: options.appRates ?? createAppRates(),
  });
  const lanes = createLanes({ ...common, registry, claims, recorder, concurrency, start });
  const claimLoop = createClaimLoop({
    ...common,
    store: store.queue,
    owner,
    claims,
    lanes,
    drainedBy: Math.ceil(limits.leased / 4),
  });

  function emit(event: EngineEvent): void {
    switch (event.kind) {
      case "due":
        return claimLoop.wakeAt(event.at);
      case "endpointsDue":
        return claimLoop.wakeFor(event.endpointIds);
      case "wanted":
        return claimLoop.want(event.endpointId);
      case "finished":
        return lanes.finish(event.lane, event.tookFastSlot);
      case "settled":
        lanes.settle(event.lanes);
        return claimLoop.resume();
      case "room":
        return lanes.startAll();
      case "loaded":
        return lanes.continue(event.lane);
      case "woken":
        return lanes.wake(event.lane);
      case "changed":
        return lanes.invalidate(event);
      case "held":
        lanes.dropOthers(event.fences);
        return lanes.startAll();
    }
  }

  return { registry, recorder, sums, lease, loader, attempts, concurrency, lanes, claimLoop, emit };
}
