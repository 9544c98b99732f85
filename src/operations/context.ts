/**
 * Operations: what the system does, one verb and noun per file. They take validated parameters and a
 * caller that was let in, keep the invariants that span several stores (I1 through `accept`, I10 by
 * sealing, I11 by waiting for the owner's word), and refuse with `AppError`. They must not know HTTP
 * nor any dialect's wire form.
 *
 * The context is all that they reach: the clock and the randomness are given, so a test sets both.
 */
import type { IdSource } from "../core/ids.ts";
import type { UrlVerdict } from "../net/url-policy.ts";
import type { Store } from "../store/store.ts";
import type { Telemetry } from "../telemetry/business-events.ts";

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
};

/** The key that everything is sealed with; its id is stored beside each sealed value. */
export type SealingKey = { readonly key: Uint8Array; readonly keyId: number };

export type OperationContext = {
  readonly store: Store;
  readonly ids: IdSource;
  /** Milliseconds since the epoch. */
  now(): number;
  randomBytes(count: number): Uint8Array;
  readonly sealKey: SealingKey;
  /** SHA-256 of the admin token; null on a listener that takes no operator calls. */
  readonly adminTokenHash: Uint8Array | null;
  readonly settings: OperationSettings;
  /** Judges a URL by its text (I9); the address policy is bound in. */
  checkUrl(url: string, schemes: { readonly http: boolean }): UrlVerdict;
  readonly telemetry: Telemetry | null;
};

export type { App, EventType, Key, RegisteredLine } from "../store/tenancy.ts";
export type { Endpoint, EndpointChange } from "../store/endpoints.ts";
export type {
  AttemptFilter,
  AttemptView,
  DeliveryStatus,
  EventFilter,
  EventRow,
} from "../store/history.ts";
export type { Once, Page, Window } from "../store/store.ts";
export type { AcceptedEvent } from "../store/accept.ts";
