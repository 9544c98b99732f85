/**
 * Operations: what the system does, one verb and noun per file. They take validated parameters and a
 * caller that was let in, keep the invariants that span several stores (I1 through `accept`, I10 by
 * encryption, I11 by waiting for the owner's word), and refuse with `AppError`. They must not know HTTP
 * nor any dialect's wire form.
 *
 * The context is all that they reach: the clock and the randomness are given, so a test sets both.
 */
import type { IdSource } from "../core/ids.ts";
import type { KeyRing } from "../core/key-ring.ts";
import type { ContentFetcher } from "../net/fetch-content.ts";
import type { UrlVerdict } from "../net/url-policy.ts";
import type { Store } from "../store/store.ts";
import type { StoreHealth } from "./store-health.ts";
import type { DownloadSlots } from "./download-slots.ts";
import type { Telemetry } from "../telemetry/events.ts";
import type { PasswordTurns } from "./password-turns.ts";

export type OperationSettings = {
  /** Largest single event, with everything that is posted about it. */
  readonly eventLimitBytes: number;
  /** Largest batch of events. */
  readonly batchLimitBytes: number;
  /** http:// endpoints: as each dialect has it, allowed in every one, or refused in every one. */
  readonly httpUrls: "dialect" | "allow" | "refuse";
  /** How long contents are kept at most; a publisher may ask for less. */
  readonly retentionMs: number;
  /** How long a rotated secret signs beside the new one when the caller does not say. */
  readonly secretOverlapMs: number;
  /** What `GET /egress.json` says; receivers open their firewalls for these. */
  readonly egressPublished: readonly PublishedAddress[];
};

export type PublishedAddress = {
  readonly cidr: string;
  /** `YYYY-MM-DD`, in UTC. */
  readonly since: string;
  /** The last day it was used; null while it is in use. */
  readonly until: string | null;
};

/** Changing the key while the server runs: where keys are kept is not an operation's affair. */
export type KeyChange = {
  /**
   * Goes over to a key made now, the old one kept beside it; `keys` has both when it resolves. Null
   * when the operator gives the key.
   */
  readonly begin: (() => Promise<void>) | null;
  /** Everything is encrypted with the current key. */
  end(): void;
};

export type OperationContext = {
  readonly store: Store;
  readonly health: StoreHealth;
  readonly ids: IdSource;
  /** Milliseconds since the epoch. */
  now(): number;
  randomBytes(count: number): Uint8Array;
  /** What everything is encrypted with. */
  readonly keys: KeyRing;
  readonly keyChange: KeyChange;
  /** Shared by everything in the process that hashes passwords. */
  readonly passwordTurns: PasswordTurns;
  /** SHA-256 of the admin token; null on a listener that takes no operator calls. */
  readonly adminTokenHash: Uint8Array | null;
  readonly settings: OperationSettings;
  /** Judges a URL by its text (I9); the address policy is bound in. */
  checkUrl(url: string, schemes: { readonly http: boolean }): UrlVerdict;
  /** Opens what a publisher's URL names, through the guarded door (I9). */
  readonly fetchContent: ContentFetcher;
  readonly downloads: DownloadSlots;
  readonly telemetry: Telemetry | null;
};

export type { TlsVersion } from "../core/tls-version.ts";
export type { App, EventType, Key, RegisteredLine } from "../store/tenancy.ts";
export type {
  Endpoint,
  EndpointChange,
  EndpointOutlook,
  EndpointSet,
  ReadSet,
} from "../store/endpoints.ts";
export type { Job, JobKind, JobState, ReplayFilter, ReplayParams } from "../store/jobs.ts";
export type { Attachment, MessageView } from "../store/messages.ts";
export type {
  AttemptFilter,
  AttemptView,
  DeliveryStatus,
  EventFilter,
  EventRow,
} from "../store/history.ts";
export type { IdempotencyKey } from "../store/idempotency.ts";
export type { Page, PageRequest } from "../store/page.ts";
export type { AcceptedEvent } from "../store/accept.ts";
