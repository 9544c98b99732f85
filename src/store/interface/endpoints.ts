/** Endpoints: one webhook each. Secrets and header values are encrypted before they reach the store. */
import type { OpenBreaker } from "../../core/delivery/breaker.ts";
import type { EndpointMatch } from "../../core/events/endpoint-match.ts";
import type { OwnLimits } from "../../core/limits.ts";
import type { Dialect } from "../../core/snapshot.ts";
import type { SignatureHeaders } from "../../core/crypto/signature-headers.ts";
import type { EndpointHealth } from "../../core/delivery/endpoint-health.ts";
import type { TlsVersion } from "../../core/crypto/tls-version.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";

export type EncryptedSecret = {
  readonly encrypted: Uint8Array;
  readonly createdAt: number;
  /** Null for the current secret; the end of the overlap for a rotated one. */
  readonly expiresAt: number | null;
};

export type AuthenticationStrategy =
  | "standard-v1"
  | "standard-v1a"
  | "literal-secret"
  | "static-headers";

export type Endpoint = EndpointMatch & {
  readonly appId: string;
  readonly uid: string | null;
  readonly url: string;
  readonly method: "POST" | "PUT" | "GET";
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly authentication: readonly AuthenticationStrategy[];
  /** Null takes the app's value. */
  readonly signatureHeaders: SignatureHeaders | null;
  /** Encrypted JSON object of custom headers; null without custom headers. */
  readonly encryptedHeaders: Uint8Array | null;
  /** Header names only, so that a list decrypts nothing. */
  readonly headerNames: readonly string[];
  /** Current secret first, then those still in their overlap. */
  readonly secrets: readonly EncryptedSecret[];
  readonly throttleRate: number | null;
  /** Null takes the dialect's default. */
  readonly timeoutMs: number | null;
  /** Null takes the server's setting; 1.0 and 1.1 are for receivers without a newer version. */
  readonly tlsMinVersion: TlsVersion | null;
  /** Encrypted JSON of its client certificate and private authorities; null without either. */
  readonly encryptedTls: Uint8Array | null;
  /** Encrypted JSON of its URL's user name and password; null when the URL has no user name. */
  readonly encryptedUserinfo: Uint8Array | null;
  /** Seconds between attempts, instead of the dialect's schedule; null without an override. */
  readonly retrySchedule: readonly number[] | null;
  /** JSON text that only the endpoint's dialect understands (Zipwhip webhookId, form of an entry…). */
  readonly dialectOptions: string | null;
  readonly disabledReason: "by_user" | "gone" | "failing" | null;
  /** A value from 0 to 255, a hash of the id; stored, never recomputed. */
  readonly shard: number;
  /** Incremented by every change. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export type EndpointChange = Partial<
  Omit<
    Endpoint,
    "endpointId" | "appId" | "dialect" | "shard" | "version" | "createdAt" | "updatedAt" | "secrets"
  >
>;

export type EndpointStats = {
  readonly success: number;
  readonly pending: number;
  readonly sending: number;
  /** Waiting after an attempt that failed. */
  readonly retrying: number;
  /** Without another attempt. */
  readonly fail: number;
  readonly canceled: number;
};

/** Finished attempts, regardless of the state of their deliveries. */
export type AttemptCounts = { readonly success: number; readonly fail: number };

/** The webhooks that some dialects change as one set: those of an app, or of one of its lines. */
export type EndpointSet = {
  readonly appRef: string;
  readonly dialect: Dialect;
  /** Only endpoints whose `lines` is exactly this number; null for all of the dialect in the app. */
  readonly line: string | null;
};

export type ReadSet = {
  readonly appId: string;
  /** Live endpoints, oldest first. At most 10,001, one more than a set may have. */
  readonly endpoints: readonly Endpoint[];
  /** Encrypted state of the dialect for the app, beside its endpoints; null without state. */
  readonly state: Uint8Array | null;
  /** Changes with every change of the set or the state. */
  readonly token: string;
};

export type SetChange = {
  readonly create: readonly Endpoint[];
  readonly update: readonly {
    readonly endpointId: string;
    readonly change: EndpointChange;
    /** The only secret from now on; null removes all secrets; absent leaves them unchanged. */
    readonly secret?: Uint8Array | null;
  }[];
  readonly remove: readonly string[];
  /** Absent leaves it unchanged. */
  readonly state?: Uint8Array | null;
};

export interface EndpointStore {
  /** Null when the app is unknown; `conflict` when another live endpoint of the app has the uid. */
  create(p: {
    appRef: string;
    endpoint: Endpoint;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<Idempotent<Endpoint> | null>;
  /** `ref` is an id or a uid within the app. Deleted endpoints are not found. */
  get(p: { appRef: string; ref: string }): Promise<Endpoint | null>;
  /** Null when the app is unknown. `dialect` null lists all. */
  list(
    p: PageRequest & { appRef: string; dialect: Dialect | null },
  ): Promise<Page<Endpoint> | null>;
  /**
   * Changes only the given fields and increments the version. Null when the endpoint is unknown. With
   * `version`, only that version is changed; null for any other.
   *
   * Disabling or pausing changes one row, regardless of the backlog. Enabling makes parked deliveries due again
   * and extends their 72 h by the parked time. `status: "deleted"` deletes. `failingSince` is for the
   * operational event of an endpoint that is disabled for its failures.
   */
  update(p: {
    appRef: string;
    ref: string;
    change: EndpointChange;
    version?: number;
    failingSince?: number | null;
    now: number;
  }): Promise<Endpoint | null>;
  /**
   * Makes the new secret and `authentication` current. Older secrets end at `overlapUntil`, or at their own
   * end when that is sooner. Refuses with `limit_reached` like `checkRotation`.
   */
  rotateSecret(p: {
    appRef: string;
    ref: string;
    encrypted: Uint8Array;
    authentication: readonly AuthenticationStrategy[];
    overlapUntil: number;
    now: number;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<Idempotent<Endpoint> | null>;
  /** Null when the app is unknown. */
  readSet(p: EndpointSet): Promise<ReadSet | null>;
  /**
   * Applies all changes or none, and only while the set still matches `token`. Otherwise returns null, and
   * the caller reads again. Returns the created, changed and deleted endpoints in their new state.
   */
  changeSet(
    p: EndpointSet & { token: string; change: SetChange; now: number },
  ): Promise<readonly Endpoint[] | null>;
  stats(p: {
    appRef: string;
    ref: string;
    since: number | null;
    until: number | null;
  }): Promise<EndpointStats | null>;
  /** Attempts made in that time; null when the endpoint is unknown. */
  attempts(p: {
    appRef: string;
    ref: string;
    since: number | null;
    until: number | null;
  }): Promise<AttemptCounts | null>;
  /**
   * Whether an endpoint may get an event of this type with these channels. Null when the app is unknown. False
   * is certain; true may still depend on other fields of the event.
   */
  mayWant(p: {
    appRef: string;
    type: string;
    channels: readonly string[];
  }): Promise<boolean | null>;
  /** Time of the endpoint's next attempt, and its breaker. Null when it is unknown. */
  outlook(p: { appRef: string; ref: string }): Promise<EndpointOutlook | null>;
  /** The health of endpoints by id. Unknown ids are omitted. */
  healths(p: {
    endpointIds: readonly string[];
    now: number;
  }): Promise<ReadonlyMap<string, EndpointHealthView>>;
  /** Endpoints of one application or of all, the worst first. Null when the application is unknown. */
  listByHealth(p: {
    /** Null lists all applications; operators see them. */
    appRef: string | null;
    /** Null lists every state. */
    states: readonly HealthState[] | null;
    dialect: Dialect | null;
    /** A part of the URL or of the description, in any case, or the whole id or uid. */
    text: string | null;
    after: string | null;
    limit: number;
    now: number;
  }): Promise<HealthPage | null>;
  /** The data that the engine needs to send, by id, in any status. Unknown ids are omitted. */
  forSending(p: { endpointIds: readonly string[] }): Promise<readonly SendingEndpoint[]>;
  /**
   * Resolves when the owner of the endpoint's shard has acknowledged this version or its lease has ended
   * (I11). No new attempt starts under an older version after that.
   */
  acknowledged(p: { endpointId: string; version: number }): Promise<void>;
}

export type EndpointOutlook = {
  /** The earliest pending attempt; null without pending attempts, or when the endpoint is not enabled. */
  readonly nextAttemptAt: number | null;
  /** Null while it is closed. */
  readonly breaker: { readonly openedAt: number; readonly probeAt: number } | null;
};

/**
 * `failing` has failed since its last success, and its breaker is closed. `switched_off` is disabled by the server
 * for its failures, and `disabled` by a person.
 */
export const HEALTH_STATES = [
  "breaker_open",
  "switched_off",
  "asked_to_wait",
  "failing",
  "paused",
  "disabled",
  "ok",
] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

export type EndpointHealthView = {
  readonly state: HealthState;
  readonly breaker: { readonly openedAt: number; readonly probeAt: number } | null;
  readonly pausedUntil: number | null;
  readonly health: EndpointHealth;
  /** Since when it is paused or disabled. */
  readonly parkedAt: number | null;
  /** Pending deliveries, counted up to a bound. */
  readonly waiting: number;
  readonly waitingIsExact: boolean;
  /** Within its latest attempts; null when they contain none. */
  readonly lastSuccess: LastAttempt | null;
  readonly lastFailure: LastAttempt | null;
  /** Sums of the hour before `now`, in the order of `core/series/series.ts`, results and attempt times only. */
  readonly hour: readonly number[];
};

export type LastAttempt = {
  readonly at: number;
  readonly durationMs: number;
  readonly statusCode: number;
  readonly reason: string | null;
};

export type HealthPage = {
  readonly items: readonly {
    readonly endpoint: Endpoint;
    readonly app: { readonly id: string; readonly uid: string | null; readonly name: string };
    readonly view: EndpointHealthView;
  }[];
  /** Null at the end. */
  readonly next: string | null;
};

export type SendingEndpoint = {
  readonly endpoint: Endpoint;
  readonly health: EndpointHealth;
  /** Null while it is closed. */
  readonly breaker: OpenBreaker | null;
  /** The receiver asked that nothing be sent before this instant. Null or past without such a request. */
  readonly pausedUntil: number | null;
  /** Messages per second over all endpoints of the app; null is unlimited. */
  readonly appThrottleRate: number | null;
  /** Null takes the server's value. */
  readonly appSignatureHeaders: SignatureHeaders | null;
  readonly appLimits: OwnLimits;
};
