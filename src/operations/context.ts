/**
 * Operations: the server's actions, in folders by noun. They take validated parameters and an
 * authenticated caller. They keep the invariants that span several stores: I1 through `accept`, I10 by
 * encryption, I11 by waiting for the owner's acknowledgement. They refuse with `AppError`. They must not know
 * HTTP or the wire form of any dialect.
 *
 * The context is everything that they reach: clock and randomness are parameters, so a test sets both.
 */
import type { LimitName, LimitValues } from "../core/limits.ts";
import type { IdSource } from "../core/ids/ids.ts";
import type { Rendered } from "../core/events/rendered.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { KeyRing } from "../core/crypto/key-ring.ts";
import type { ContentFetcher } from "../net/fetch-content.ts";
import type { ConnectionCheck } from "../net/check-connection.ts";
import type { UrlVerdict } from "../net/policy/url-policy.ts";
import type { Endpoint, SendingEndpoint } from "../store/interface/endpoints.ts";
import type { EndpointHealthView } from "../store/interface/endpoints.ts";
import type { Store } from "../store/store.ts";
import type { LiveHub } from "./live/live-hub.ts";
import type { StoreHealth } from "./store-health.ts";
import type { DownloadSlots } from "./messages/download-slots.ts";
import type { Telemetry } from "../telemetry/events.ts";
import type { NodeFacts } from "./system/node-facts.ts";
import type { MinuteCounts } from "./minute-counts.ts";
import type { Refusals } from "./refusals.ts";
import type { PasswordTurns } from "./lines/password-turns.ts";

export type OperationSettings = {
  readonly limits: LimitValues;
  /** `off`: no event type is built in, and no payload is read. */
  readonly builtInEventTypes: "on" | "off";
  /** http:// endpoints: by each dialect's rule, allowed in all, or refused in all. */
  readonly httpUrls: "dialect" | "allow" | "refuse";
  /** Maximum time that contents are kept; a publisher may ask for less. */
  readonly retentionMs: number;
  /** Deliveries that one task sends again in a second. */
  readonly replayRate: number;
  /** How long a rotated secret also signs when the caller does not specify it. */
  readonly secretOverlapMs: number;
  /** A native endpoint is disabled after failing without a success for this long; 0 never disables it. */
  readonly disableAfterMs: number;
  /** Empty when links begin with the address of the request that makes them. */
  readonly publicUrl: string;
  /** How long a link to the portal works after its first use. */
  readonly portalLinkReuseMs: number;
  /** `on`: the answers to dashboard sessions have masked numbers and hidden texts. */
  readonly uiMask: "on" | "off";
  /** APIs that are enabled. */
  readonly apis: readonly string[];
  /** Version of the program. */
  readonly version: string;
  /** The content of `GET /egress.json`, for the firewalls of receivers. */
  readonly egressPublished: readonly PublishedAddress[];
};

export type PublishedAddress = {
  readonly cidr: string;
  /** `YYYY-MM-DD`, in UTC. */
  readonly since: string;
  /** The last day of use; null while it is in use. */
  readonly until: string | null;
};

/** Changes the key while the server runs; an operation does not know where keys are kept. */
export type KeyChange = {
  /**
   * Starts a rotation to a new key and keeps the old one beside it; `keys` has both when it resolves. Null
   * when the operator configures the key.
   */
  readonly begin: (() => Promise<void>) | null;
  /** Called when everything is encrypted with the current key. */
  end(): void;
};

export type OperationContext = {
  readonly store: Store;
  readonly health: StoreHealth;
  readonly ids: IdSource;
  /** Milliseconds since the epoch. */
  now(): number;
  randomBytes(count: number): Uint8Array;
  /** The key ring for encryption at rest. */
  readonly keys: KeyRing;
  readonly keyChange: KeyChange;
  /** Shared by all code of the process that hashes passwords. */
  readonly passwordTurns: PasswordTurns;
  /** SHA-256 of the admin token; null on a listener that accepts no operator calls. */
  readonly adminTokenHash: Uint8Array | null;
  readonly settings: OperationSettings;
  /** Checks a URL by its text (I9); the address policy is bound in. */
  checkUrl(url: string, schemes: { readonly http: boolean }): UrlVerdict;
  /** Downloads the content of a publisher's URL through the guarded connector (I9). */
  readonly fetchContent: ContentFetcher;
  readonly downloads: DownloadSlots;
  /** Connects to a URL and sends nothing (I9). */
  readonly checkConnection: ConnectionCheck;
  readonly urlChecks: MinuteCounts;
  /** Checks of payloads against registered schemas. */
  readonly schemaChecks: MinuteCounts;
  /** Reveals of content, by credential. */
  readonly reveals: MinuteCounts;
  readonly refusals: Refusals;
  /** This process, as the page of the system shows it. */
  readonly node: NodeFacts;
  /** The live stream, which all listeners of the process share. */
  readonly live: LiveHub;
  /** The use of limits that this node counts in memory. */
  readonly usedOnNode: (appId: string) => { readonly [K in LimitName]?: number };
  readonly telemetry: Telemetry | null;
  /** The webhook of an event in the API of the endpoint. */
  render(
    snapshot: Snapshot,
    endpoint: Pick<Endpoint, "endpointId" | "dialect" | "eventTypes" | "method" | "dialectOptions">,
    webhookIndex: number,
  ): Rendered;
  /** The request of a delivery with its secrets, as the engine would send it now. */
  buildRequest(p: {
    readonly snapshot: Snapshot;
    readonly sending: SendingEndpoint;
    readonly part: number;
    readonly attempts: number;
    readonly isReplay: boolean;
    readonly now: number;
  }): {
    readonly method: string;
    readonly url: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly body: string | null;
  };
};

// The APIs may not import the store. These are the types of the data that operations take and return.
export { ACTOR_KINDS } from "../store/interface/audit.ts";
export type { AuditEntry } from "../store/interface/audit.ts";
export type { OperatorKey } from "../store/interface/operator-keys.ts";
export type {
  App,
  AppActivity,
  EventType,
  Key,
  RegisteredLine,
} from "../store/interface/tenancy.ts";
export type {
  Endpoint,
  EndpointOutlook,
  EndpointSet,
  ReadSet,
} from "../store/interface/endpoints.ts";
export type {
  Job,
  JobState,
  ReplayFilter,
  ReplayKind,
  ResultRow,
  StatisticsKind,
} from "../store/interface/jobs.ts";
export type { FailedDelivery, FailureFilter, FailurePage } from "../store/interface/failures.ts";
export type { Attachment } from "../store/interface/messages.ts";
export type {
  AttemptFilter,
  AttemptView,
  DeliveryStatus,
  EventFilter,
  EventRow,
  EventSearch,
  FeedPage,
  FoundEvents,
} from "../store/interface/history.ts";
/** `disablesAt` is when the endpoint is disabled if every attempt fails until then. */
export type ShownHealth = EndpointHealthView & { readonly disablesAt: number | null };
export { HEALTH_STATES } from "../store/interface/endpoints.ts";
export type { SeriesOf } from "../store/interface/series.ts";
export type { MarkView } from "../store/interface/marks.ts";
export type {
  AttemptMark,
  EventOfText,
  Text,
  TextFilter,
  TextStory,
} from "../store/interface/texts.ts";
export type { LiveHub } from "./live/live-hub.ts";
export type { LiveItem } from "./live/live-queue.ts";
export type { Poller } from "../store/interface/pollers.ts";
export type { IdempotencyKey } from "../store/idempotency.ts";
export type { Hit, Hits } from "../store/interface/search.ts";
export type { Page, PageRequest } from "../store/page.ts";
