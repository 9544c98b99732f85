import type { NewEvent } from "../../../core/decide-types.ts";
import type { Snapshot, Contact, Conversation, Line, Message } from "../../../core/snapshot.ts";
import type { AttachmentRow } from "../../accept/attachment-rows.ts";
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

/** The row before the batch (null when absent), and its value after the events decided so far. */
export type Kept<Value, Before = Value> = {
  readonly before: Before | null;
  readonly value: Value;
  readonly isChanged: boolean;
};

/** `record` is the stored column; undefined for a message that this group creates. */
export type KeptMessage = {
  readonly eventSeq: number;
  readonly appSeq: number;
  readonly record: string | null | undefined;
  readonly message: Message;
  readonly isChanged: boolean;
};

/** `position` is in the feed; `place` is the index among this group's events. One of them is set. */
export type NamedEvent = {
  readonly id: string;
  readonly position: number | null;
  readonly place: number | null;
};

export type Batch = {
  readonly undoLog: UndoLog;
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
  /** Keys are app and number. `before` is the stored text, with which a write compares. */
  readonly contacts: UndoableMap<string, Kept<Contact, string>>;
  readonly lines: UndoableMap<string, Kept<Line>>;
  /** Keys are app, line and contact. */
  readonly conversations: UndoableMap<string, Kept<Conversation>>;
  readonly events: UndoableList<EventDraft>;
  readonly deliveries: UndoableList<DeliveryDraft>;
  readonly attachments: UndoableList<AttachmentRow & { readonly appSeq: number }>;
  readonly windowEntries: UndoableList<WindowEntry>;
};

export type Asked = { readonly app: AcceptApp; readonly events: readonly NewEvent[] };
