/**
 * The seam between the rules of accepting and a database. The rules decide synchronously, one event after the
 * other. SQLite reads and writes each row at once. PostgreSQL reads the rows of a group beforehand, keeps the
 * changes in memory, and writes them in sets. Later events see the changes of earlier ones on both.
 */
import type { DecideSettings, DeliveryPlan, Ids } from "../../core/decide-types.ts";
import type { AppError } from "../../core/error.ts";
import type { EndpointIndex } from "../../core/events/endpoint-index.ts";
import type { EndpointMatch } from "../../core/events/endpoint-match.ts";
import type { LimitValues, OwnLimits } from "../../core/limits.ts";
import type {
  Account,
  Contact,
  Conversation,
  Line,
  Message,
  Snapshot,
} from "../../core/snapshot.ts";
import type { IdempotencyKey } from "../idempotency.ts";
import type { Publish } from "../interface/accept.ts";
import type { AttachmentRow } from "./attachment-rows.ts";
import type { Listing } from "./listing.ts";
import type { WindowKind } from "./dedupe-window-kinds.ts";

export type AcceptApp = {
  readonly seq: number;
  readonly id: string;
  readonly account: Account;
  readonly ownLimits: OwnLimits;
  /** Whether opt-outs of erased conversations have to be looked up. */
  readonly hasErasedOptOuts: boolean;
};

export type AcceptEndpoint = EndpointMatch & {
  readonly seq: number;
  readonly appSeq: number;
  readonly shard: number;
  readonly version: number;
  readonly parkedMs: number;
  readonly parkedAt: number | null;
  readonly skipAfterMs: number;
};

/** A stored message. `ref` stands for it in the dedupe windows. */
export type KnownMessage = {
  readonly ref: number;
  readonly appSeq: number;
  readonly message: Message;
};

export type NewMessage = {
  readonly appSeq: number;
  readonly eventSeq: number;
  readonly message: Message;
  readonly listing: Listing;
};

/** The event that was first accepted under a publisher's id. */
export type FirstEvent = { readonly seq: number; readonly id: string };

/** The columns of an event. */
export type EventRow = {
  readonly seq: number;
  readonly id: string;
  readonly appSeq: number;
  readonly eventId: string | null;
  readonly type: string;
  readonly payload: string;
  readonly contentType: string;
  readonly participants: string | null;
  readonly channels: string | null;
  readonly tags: string | null;
  readonly orderingKey: string | null;
  readonly deliverAt: number | null;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly parentSeq: number | null;
  readonly expungeAt: number | null;
  readonly matching: string | null;
};

/** The common part of all events of one publish. */
export type AcceptContext = {
  readonly app: AcceptApp;
  readonly acceptedAt: number;
  /** Index of the publish in its group. */
  readonly publish: number;
  /** Whether deliveries may go to their lanes with the commit. */
  readonly mayLease: boolean;
  /** The deliveries of the publish. */
  readonly plan: PublishPlan;
  /** Messages whose opt-out was published, in the dedupe window or anywhere in this publish. */
  readonly explicitOptOuts: Pick<ReadonlySet<string>, "has">;
  /** Messages whose opt-out was derived from their text. */
  readonly derivedOptOuts: Pick<ReadonlySet<string>, "has">;
};

/** An event of an earlier transaction, as its deliveries need it. They are not leased at once. */
export type StoredEvent = {
  readonly context: { readonly publish: number; readonly mayLease: false };
  readonly row: Pick<EventRow, "seq" | "acceptedAt" | "deliverAt" | "orderingKey">;
  /** Octets of the payload. */
  readonly bytes: number;
};

/** An event of this transaction. */
export type MadeEvent = {
  readonly context: AcceptContext;
  readonly row: EventRow;
  readonly snapshot: Snapshot;
  /** Index of the event in its publish; null when the server made the event. */
  readonly index: number | null;
  /** Octets of the payload. */
  readonly bytes: number;
};

/** Maximum of deliveries, of their payload bytes, and of the steps that payload filters take. */
export type PlanLimits = {
  readonly deliveries: number;
  readonly bytes: number;
  readonly filterSteps: number;
};

/** The deliveries that the events of a publish have caused so far. */
export type PublishPlan = {
  readonly limits: PlanLimits;
  deliveries: number;
  bytes: number;
  filterSteps: number;
  /** Events with a delivery. */
  readonly events: { readonly event: MadeEvent; readonly deliveries: readonly DeliveryPlan[] }[];
};

/** An event whose deliveries are left for later. Its place is the place of the event in the feed. */
export type NewFanOut = {
  readonly eventSeq: number;
  readonly appSeq: number;
  /** No endpoint after this one existed when the event was accepted. */
  readonly newestEndpoint: number;
  /** Deliveries that were counted and are not made. */
  readonly remaining: number;
  /** Octets of the payload. */
  readonly bytes: number;
};

export interface AcceptState {
  readonly settings: DecideSettings;
  /** The server's limits; `limitOf` gives those of an app. */
  readonly limits: LimitValues;
  readonly ids: Ids & { setInstant(ms: number): void };

  /** Endpoints that are not deleted. */
  loadEndpoints(appSeq: number): EndpointIndex<AcceptEndpoint>;
  findEndpoint(appSeq: number, endpointId: string): AcceptEndpoint | null;
  /** The `ref` of an id in the dedupe windows. */
  findInWindow(appSeq: number, kind: WindowKind, id: string): number | null;
  /** The id of an event whose number was found in a window; null when retention has deleted the event. */
  findEventId(eventSeq: number): string | null;
  loadMessage(ref: number): KnownMessage | null;
  /** The message of any app. The caller passes numbers of 64 bits only. */
  findMessageBySnowflake(snowflake: bigint): KnownMessage | null;
  findContact(appSeq: number, number: string): Contact | null;
  /** The address to which the alias of a user id leads. */
  findAlias(appSeq: number, userId: string): string | null;
  findLine(appSeq: number, number: string): Line | null;
  findConversation(appSeq: number, line: string, contact: string): Conversation | null;
  /** Whether an erased conversation was opted out. Only for apps that have such. */
  wasOptedOut(appSeq: number, line: string, contact: string): boolean;

  nextEventSeq(acceptedAt: number): number;
  addEvent(row: EventRow): void;
  addToWindow(appSeq: number, kind: WindowKind, id: string, ref: number): void;
  changeMessage(known: KnownMessage, message: Message): void;
  /** Returns the `ref` of the new message. */
  addMessage(row: NewMessage): number;
  /** Moves a message and its attachments to the event, which has the message as it is now. Returns its new `ref`. */
  moveMessage(known: KnownMessage, row: NewMessage): number;
  addAttachment(appSeq: number, messageRef: number, row: AttachmentRow): void;
  setContact(appSeq: number, contact: Contact): void;
  /** Only a contact that is stored under another address from now on. */
  removeContact(appSeq: number, address: string): void;
  setAlias(appSeq: number, userId: string, address: string): void;
  /** Only a line that is unknown so far; a known one changes by registration. */
  addLine(appSeq: number, line: Line, now: number): void;
  setConversation(appSeq: number, p: ConversationChange): void;
  removeConversation(appSeq: number, line: string, contact: string): void;
  /** Adds one webhook of the event. */
  addDelivery(event: MadeEvent | StoredEvent, endpoint: AcceptEndpoint, webhookIndex: number): void;
  /** Whether the application has events that are not fanned out; new ones then queue behind them. */
  hasFanOuts(appSeq: number): boolean;
  /** Leaves the deliveries of an event for later. */
  addFanOut(row: NewFanOut): void;
}

export type ConversationChange = {
  readonly line: string;
  readonly contact: string;
  readonly conversation: Conversation;
  readonly now: number;
};

export interface PublishState extends AcceptState {
  /** Payload bytes of the pending deliveries of an app. */
  readonly pendingBytes: { pending(appSeq: number): number };

  /** The resources of an earlier request with the key, or the refusal of another body. */
  findRepeated(key: IdempotencyKey, app: AcceptApp): readonly string[] | AppError | null;
  /** The app of the publish; null when it is unknown and is not to be created. */
  ensureApp(publish: Publish): AcceptApp | null;
}
