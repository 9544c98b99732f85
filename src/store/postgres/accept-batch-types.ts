import type { NewEvent } from "../../core/decide-types.ts";
import type { Snapshot, Contact, Conversation, Line, Message } from "../../core/snapshot.ts";
import type { AttachmentRow } from "../attachment-rows.ts";
import type { AcceptApp } from "./app-cache.ts";
import type { DeliveryDraft } from "./deliver.ts";
import type { UndoLog, UndoableList, UndoableMap } from "./undo-log.ts";
import type { WindowEntry } from "./dedupe-windows.ts";

export type EventDraft = {
  readonly eventSeq: number;
  readonly appSeq: number;
  readonly event: NewEvent;
  readonly parentSeq: number | null;
  readonly snapshot: Snapshot;
  readonly tags: readonly string[];
  readonly acceptedAt: number;
  readonly matching: string | null;
};

/** A row as it was, null when there was none, and what it is after the events decided so far. */
export type Kept<Value, Before = Value> = {
  readonly before: Before | null;
  readonly value: Value;
  readonly isChanged: boolean;
};

/** `record` is the column as it was read; undefined for a message that this group makes. */
export type KeptMessage = {
  readonly eventSeq: number;
  readonly appSeq: number;
  readonly record: string | null | undefined;
  readonly message: Message;
  readonly isChanged: boolean;
};

/** `position` is in the feed, `place` among the events of this group: one of them is known. */
export type NamedEvent = {
  readonly id: string;
  readonly position: number | null;
  readonly place: number | null;
};

export type Batch = {
  readonly undoLog: UndoLog;
  /** Of the tables that take turns, the one that new ids go to. */
  readonly currentWindow: number;
  /** By `windowKey`. */
  readonly windows: UndoableMap<string, number>;
  /** As `windows` was found in the database: an id whose event is gone may be written again. */
  readonly knownRefs: ReadonlyMap<string, number>;
  /** Events that publishers gave ids, by seq; a window may outlive its event, which is then not here. */
  readonly named: UndoableMap<number, NamedEvent>;
  readonly messages: UndoableMap<number, KeptMessage>;
  readonly bySnowflake: UndoableMap<bigint, number>;
  /** By app and number; the text of the row as it was, for a change to be compared with. */
  readonly contacts: UndoableMap<string, Kept<Contact, string>>;
  readonly lines: UndoableMap<string, Kept<Line>>;
  /** By app, line and contact. */
  readonly conversations: UndoableMap<string, Kept<Conversation>>;
  readonly events: UndoableList<EventDraft>;
  readonly deliveries: UndoableList<DeliveryDraft>;
  readonly attachments: UndoableList<AttachmentRow & { readonly appSeq: number }>;
  readonly windowEntries: UndoableList<WindowEntry>;
};

export type Asked = { readonly app: AcceptApp; readonly events: readonly NewEvent[] };
