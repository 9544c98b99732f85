import type { Contact, Conversation, Line } from "../../../core/snapshot.ts";
import type {
  AcceptEndpoint,
  EventRow,
  KnownMessage,
  MadeEvent,
  NewFanOut,
  StoredEvent,
} from "../../accept/accept-state.ts";
import type { AttachmentRow } from "../../accept/attachment-rows.ts";
import type { Listing } from "../../accept/listing.ts";
import type { AcceptApp } from "./app-cache.ts";
import type { UndoLog, UndoableList, UndoableMap } from "./undo-log.ts";
import type { WindowEntry } from "./dedupe-windows.ts";

/** The row before the batch (null when absent), and its value after the events decided so far. */
export type Kept<Value, Before = Value> = {
  readonly before: Before | null;
  readonly value: Value;
  readonly isChanged: boolean;
  /** The row goes: it was joined into another one. */
  readonly isGone?: true;
  /** The instant of the change, for the rows that store it. */
  readonly now: number | null;
};

/**
 * A message is stored with the event that created it, whose number is its `ref`. `record` is the stored
 * column; undefined for a message that this group creates.
 */
export type KeptMessage = KnownMessage & {
  readonly record: string | null | undefined;
  readonly isChanged: boolean;
  /** The message is stored with another event by now. */
  readonly isMoved?: true;
  /** Present when this group creates the message. */
  readonly listing?: Listing;
};

/** `position` is in the feed; null for an event of this group. */
export type NamedEvent = { readonly id: string; readonly position: number | null };

export type DeliveryDraft = {
  readonly event: MadeEvent | StoredEvent;
  readonly endpoint: AcceptEndpoint;
  readonly webhookIndex: number;
};

export type Batch = {
  readonly undoLog: UndoLog;
  /** Apps of the publishes, by number. */
  readonly apps: ReadonlyMap<number, AcceptApp>;
  /** Number of the current dedupe table, which receives new ids. */
  readonly currentWindow: number;
  /** Keys are made by `windowKey`. */
  readonly windows: UndoableMap<string, number>;
  /** `windows` as read from the database. An id whose event is gone may be written again. */
  readonly knownRefs: ReadonlyMap<string, number>;
  /** Events with a publisher's id, by seq. A window may outlive its event, which is then absent. */
  readonly named: UndoableMap<number, NamedEvent>;
  readonly messages: UndoableMap<number, KeptMessage>;
  readonly bySnowflake: UndoableMap<bigint, number>;
  /** Events between which messages have moved. */
  readonly moves: UndoableList<{ readonly from: number; readonly to: number }>;
  /** Keys are app and number. `before` is the stored text, with which a write compares. */
  readonly contacts: UndoableMap<string, Kept<Contact, string>>;
  /** The addresses to which user ids lead. Keys are app and user id. */
  readonly aliases: UndoableMap<string, Kept<string>>;
  readonly lines: UndoableMap<string, Kept<Line>>;
  /** Keys are app, line and contact. */
  readonly conversations: UndoableMap<string, Kept<Conversation>>;
  /** Keys of erased conversations that were opted out. */
  readonly erasedOptOuts: Set<string>;
  readonly events: UndoableList<EventRow>;
  readonly deliveries: UndoableList<DeliveryDraft>;
  readonly fanOuts: UndoableList<NewFanOut>;
  readonly attachments: UndoableList<AttachmentRow & { readonly appSeq: number }>;
  readonly windowEntries: UndoableList<WindowEntry>;
};
