/**
 * The input and output types of `decide`, the one pure function inside the accept transaction. The store
 * loads the rows that the event names, passes them in, and writes the result.
 */
import type { ErrorCode } from "./error.ts";
import type { Channel } from "./messages/message-status.ts";
import type { OptOut, OptOutSettings } from "./messages/optout.ts";
import type {
  Account,
  Contact,
  Conversation,
  Instant,
  Line,
  Message,
  Snapshot,
} from "./snapshot.ts";
import type { Undelivered } from "./delivery/undelivered.ts";
import type { EndpointIndex } from "./events/endpoint-index.ts";

/** One event from a publisher, validated against the schema of its type. */
export type NewEvent = {
  /** The server's id, `msg_…`, generated before the transaction. */
  readonly id: string;
  /** The publisher's id, unique per application within the dedupe window. */
  readonly eventId: string | null;
  readonly type: string;
  /** The payload as published, byte for byte. */
  readonly payloadText: string;
  readonly contentType: string;
  /** The parsed payload when it fits a built-in type, else null: the server does not read other payloads. */
  readonly canonical: CanonicalPayload | null;
  readonly occurredAt: Instant | null;
  readonly channels: readonly string[];
  readonly tags: readonly string[];
  readonly orderingKey: string | null;
  /** The first attempt is not before this instant (Svix `deliverAt`). */
  readonly deliverAt: Instant | null;
  /** How long the content is kept; null is the server's retention. */
  readonly retentionMs: number | null;
  readonly derive: boolean;
  readonly historical: boolean;
  /**
   * Deliver to this endpoint only, regardless of its filters (Svix `sendExample`). Such an event is an
   * example event: it changes no register, is compared with no stored message, and derives nothing.
   */
  readonly onlyEndpointId: string | null;
  /** The id of the event that this one was derived from; null when it was published. */
  readonly derivedFrom: string | null;
  /**
   * Names the message by the server's id instead of the publisher's. The publisher's id is found within the
   * dedupe window only, and may belong to another message after it. The payload's `message.id` is not looked
   * up.
   */
  readonly messageSnowflake?: bigint;
};

/** The parts of a canonical payload that rules read, in one flat shape; see `define-event.ts`. */
export type CanonicalPayload = {
  readonly message?: {
    readonly id: string;
    readonly channel?: Message["channel"];
    readonly from?: string;
    readonly to?: string;
    /** The user id beside `from` or `to`, whichever is the contact. */
    readonly fromUserId?: string;
    readonly toUserId?: string;
    readonly text?: string;
    readonly media?: Message["media"];
    readonly groupId?: string;
    readonly participants?: readonly string[];
    readonly status?: NonNullable<Message["status"]>;
    readonly error?: NonNullable<Message["error"]>;
    /** Follows from the type when the payload does not state it; absent only when it cannot be determined. */
    readonly direction?: Message["direction"];
    /** `receivedAt` or `sentAt` of the message. */
    readonly createdAt?: Instant;
  };
  readonly line?: string;
  readonly contact?: string;
  /** The user id beside `contact`. */
  readonly contactUserId?: string;
  /** The channel on which the contact of a contact event was seen, if known. */
  readonly contactChannel?: Channel;
  readonly contactFields?: {
    readonly firstName?: string;
    readonly lastName?: string;
    readonly companyName?: string;
    readonly tags?: readonly string[];
  };
  readonly optOut?: OptOut;
  readonly messageId?: string;
  readonly text?: string;
  /** The event's time as the payload names it (`receivedAt`, `sentAt`, `readAt`, …). */
  readonly at?: Instant;
};

/** Fresh ids from the store, which owns clock and randomness; each call returns a new one. */
export type Ids = {
  snowflake(): bigint;
  handle(): string;
  ksuid(): string;
  contactId(): number;
  fingerprint(): string;
  deviceId(): number;
  attachmentKey(): string;
};

export type DecideSettings = OptOutSettings & {
  /** A text of more UTF-8 bytes is also offered whole, as an attachment. */
  readonly largeTextBytes: number;
};

export type DecideInput = {
  readonly event: NewEvent;
  /** The line, and the address of the contact as `identify` returned it. */
  readonly participants: { readonly line: string | null; readonly contact: string | null };
  /** The user id that the event names, for a contact that it creates. */
  readonly userId: string | null;
  /** Whether the contact or the conversation was joined from several rows, and differs from its row. */
  readonly joined: { readonly contact: boolean; readonly conversation: boolean };
  readonly appId: string;
  readonly account: Account;
  readonly acceptedAt: Instant;
  readonly message: Message | null;
  readonly contact: Contact | null;
  readonly line: Line | null;
  readonly conversation: Conversation | null;
  /** True when the contact opted out of a conversation that was erased since; see `erased-opt-outs.ts`. */
  readonly wasOptedOut: boolean;
  /** Endpoints that are not deleted. */
  readonly endpoints: EndpointIndex;
  readonly settings: DecideSettings;
  readonly ids: Ids;
  /**
   * Ids of messages whose opt-out is published explicitly: an `optout.changed` that names them and has no
   * `derivedFrom`, earlier or anywhere in the same request. Read for `message.received`.
   */
  readonly explicitOptOuts: Pick<ReadonlySet<string>, "has">;
  /**
   * Ids of messages whose opt-out was derived before this event (an accepted `optout.changed` with
   * `derivedFrom`). Read for a published `optout.changed` with a `messageId`.
   */
  readonly derivedOptOuts: Pick<ReadonlySet<string>, "has">;
};

/** One pending webhook. `webhookIndex` is one of those that `listWebhooks` returned for the event. */
export type DeliveryPlan = { readonly endpointId: string; readonly webhookIndex: number };

/** The rows that the store must write besides the event; a null member means no change. */
export type RegisterChange = {
  readonly message: Message | null;
  readonly contact: Contact | null;
  readonly line: Line | null;
  readonly conversation: Conversation | null;
};

export type Decision =
  | {
      readonly kind: "accepted";
      readonly snapshot: Snapshot;
      readonly change: RegisterChange;
      /** Events derived from this one; the store decides each in turn, after writing the change. */
      readonly derived: readonly NewEvent[];
      readonly deliveries: readonly DeliveryPlan[];
      /** The event's tags, plus a tag of the server when it has no delivery. Stored, not delivered. */
      readonly tags: readonly string[];
      /** Why the event has no delivery; null when it has one, or was meant for one endpoint. */
      readonly undelivered: Undelivered | null;
      /** Steps that payload filters took. */
      readonly filterSteps: number;
    }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly path: readonly (string | number)[];
      readonly message: string;
    };

export type Refusal = Extract<Decision, { kind: "refused" }>;
