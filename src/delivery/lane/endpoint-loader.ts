/**
 * An endpoint ready for sending: its row when it was loaded, its policy, and its decrypted secrets. Endpoints
 * are loaded in batches, one call at a time, since a restart needs thousands at once. The endpoint's lane
 * keeps one until the endpoint changes (I11).
 */
import type { OpenBreaker } from "../../core/delivery/breaker.ts";
import { policyFor } from "../../core/delivery/delivery-policy.ts";
import type { DeliveryPolicy, PolicySettings } from "../../core/delivery/delivery-policy.ts";
import type { EndpointHealth } from "../../core/delivery/endpoint-health.ts";
import type { KeyRing } from "../../core/crypto/key-ring.ts";
import type { SignatureHeaders } from "../../core/crypto/signature-headers.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { TlsIdentity } from "../../net/connect/tls-profile.ts";
import type { Endpoint, EndpointStore, SendingEndpoint } from "../../store/interface/endpoints.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import { loadAuthentication, decryptTls } from "../attempt/authenticate.ts";
import type { Authentication } from "../attempt/authenticate.ts";
import type { Clock } from "../loops/clock.ts";
import { createLoop, NEVER, type Backoff } from "../loops/loop.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";

export type LoadedEndpoint = {
  readonly endpoint: Endpoint;
  readonly policy: DeliveryPolicy;
  readonly health: EndpointHealth;
  readonly breaker: OpenBreaker | null;
  /** No attempt starts before this instant; 0 means no pause. */
  readonly pausedUntil: Instant;
  /** Messages per second over all endpoints of the app; null means no limit. */
  readonly appRate: number | null;
  /** The app's own limit on stored answers; null takes the server's. */
  readonly storedAnswerLimit: number | null;
  readonly authentication: Authentication;
  /** The endpoint's client certificate and private authorities; null when it has neither. */
  readonly tls: TlsIdentity | null;
};

/**
 * `broken`: an encrypted value cannot be decrypted, or the row is unusable. `gone`: the store has no such
 * endpoint.
 */
export type LoadResult =
  | { readonly kind: "opened"; readonly loaded: LoadedEndpoint }
  | { readonly kind: "broken"; readonly version: number; readonly error: unknown }
  | { readonly kind: "gone" };

export type EndpointLoader = {
  /** Calls `take` once with the result, unless the loader was stopped before. */
  load(endpointId: string, take: (loadResult: LoadResult) => void): void;
  stop(): void;
};

const BATCH_LIMIT = 256;
const BACKOFF: Backoff = { firstMs: 1000, lastMs: 1000 };

export function createEndpointLoader(given: {
  store: Pick<EndpointStore, "forSending">;
  keys: KeyRing;
  policies: PolicySettings;
  /** Signature headers for endpoints and apps that choose none. */
  signatureHeaders: SignatureHeaders;
  clock: Clock;
  telemetry: Telemetry;
}): EndpointLoader {
  const { store, clock, telemetry } = given;
  const wanted = new Map<string, (loadResult: LoadResult) => void>();
  const calls = createStoreCalls(telemetry, "configuration");
  const loop = createLoop({ clock, calls, backoff: BACKOFF, work: loadBatch });

  async function loadBatch(): Promise<Instant> {
    const batch = [...wanted].slice(0, BATCH_LIMIT);
    for (const [endpointId] of batch) wanted.delete(endpointId);
    let found: readonly SendingEndpoint[];
    try {
      found = await store.forSending({ endpointIds: batch.map(([id]) => id) });
    } catch (err) {
      for (const [id, take] of batch) if (!wanted.has(id)) wanted.set(id, take);
      throw err;
    }
    const byId = new Map(found.map((each) => [each.endpoint.endpointId, each]));
    for (const [id, take] of batch) if (!loop.isStopped()) take(loadResult(byId.get(id)));
    return wanted.size > 0 ? clock.now() : NEVER;
  }

  function loadResult(found: SendingEndpoint | undefined): LoadResult {
    if (found === undefined) return { kind: "gone" };
    try {
      return { kind: "opened", loaded: toLoadedEndpoint(found, given) };
    } catch (error) {
      return { kind: "broken", version: found.endpoint.version, error };
    }
  }

  return {
    load(endpointId, take) {
      wanted.set(endpointId, take);
      loop.wake();
    },
    stop: loop.stop,
  };
}

export function toLoadedEndpoint(
  { endpoint, health, breaker, pausedUntil, ...app }: SendingEndpoint,
  given: { keys: KeyRing; policies: PolicySettings; signatureHeaders: SignatureHeaders },
): LoadedEndpoint {
  const { dialect, timeoutMs, retrySchedule } = endpoint;
  return {
    endpoint,
    health,
    breaker,
    pausedUntil: pausedUntil ?? 0,
    appRate: app.appThrottleRate,
    storedAnswerLimit: app.appLimits.storedAnswerBytes ?? null,
    authentication: loadAuthentication(endpoint, {
      keys: given.keys,
      signatureHeaders:
        endpoint.signatureHeaders ?? app.appSignatureHeaders ?? given.signatureHeaders,
    }),
    tls: decryptTls(endpoint, given.keys),
    policy: policyFor({
      dialect,
      timeoutMs,
      retryWaitsMs: retrySchedule?.map((seconds) => seconds * 1000) ?? null,
      settings: given.policies,
    }),
  };
}
