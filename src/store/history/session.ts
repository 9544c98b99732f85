/** The needs of the lists of history beside shared statements. */
import type { EventFilter } from "../interface/history.ts";
import type { PlaceRange } from "../paging.ts";
import type { Places, Records, Session, Steps, Value, WriteSession } from "../session.ts";
import type { SeenReads } from "../search/statements.ts";
import type { EventTraits } from "./event-filter.ts";

/** Up to `count` rows of a range of places, from its low end or from its high end. */
export type Chunk = PlaceRange & { readonly upwards: boolean; readonly count: number };

/** An event as a list examines it: `place` is its position in the feed. */
export type ListedEvent = EventTraits & {
  readonly place: number;
  readonly seq: number;
  readonly id: string;
  readonly acceptedAt: number;
};

/** A row of an event; its `position` is its place in the feed. */
export type EventColumns = {
  readonly position: number;
  readonly id: string;
  readonly eventId: string | null;
  readonly type: string;
  readonly payload: string | null;
  readonly contentType: string;
  readonly channels: string | null;
  readonly tags: string | null;
  readonly orderingKey: string | null;
  readonly deliverAt: number | null;
  readonly acceptedAt: number;
};

/** The rows of one event or of one endpoint in `delivery` or `attempt`. */
export type OwnedRows = {
  readonly table: "delivery" | "attempt";
  readonly of: "event_seq" | "endpoint_seq";
  readonly seq: number;
};

/** Positions follow from transactions on PostgreSQL, and row ids from the time. Both count rows on SQLite. */
export type HistorySession = Session &
  Places &
  Records &
  SeenReads & {
    /** The event that a publisher's id names within its dedupe window; it may be deleted already. */
    findInWindow(appSeq: number, eventId: string): Steps<number | null>;
    /** The event that created the message which a publisher's id names within its dedupe window. */
    findMessageInWindow(appSeq: number, messageId: string): Steps<number | null>;
    /** No event is added below this position any more. */
    feedHorizon(): Steps<number>;
    /** Ids of rows that were created together with any of these rows. */
    rowsNear(places: readonly number[]): PlaceRange;
    /** The least seq of an event that is not hidden. */
    leastEvent(): number;
    readListedEvents(
      p: Chunk & { readonly appSeq: number; readonly filter: EventFilter },
    ): Steps<readonly ListedEvent[]>;
    /** The events in this order, until their payloads together have more octets than `bytes`; at least one. */
    readEventPage(seqs: readonly number[], bytes: number): Steps<readonly EventColumns[]>;
    /**
     * Rows of `table` as `listed`, in the order of their ids, each with its `event`, whose columns are null
     * when it is hidden. `where` refers to its values from `?6` on.
     */
    readWithEvents<Row>(
      p: OwnedRows &
        Chunk & {
          readonly columns: string;
          readonly where?: string;
          readonly values?: readonly Value[];
        },
    ): Steps<readonly Row[]>;
    /** The place of an attempt; without the attempt, the place where it would be. */
    findAttemptPlace(id: string, p: OwnedRows): Steps<number>;
    /** Where the event's delivery would be in a list of an endpoint; `eventSeq` is null for a deleted event. */
    findDeliveryPlace(eventId: string, eventSeq: number | null): Steps<number>;
    /** A table of the shards whose owners may send, with their fences. `?1` is `leaseClock`. */
    readonly heldShards: string;
    readonly leaseClock: number | null;
  };

/** A write session of a node or of the writer, with the rows of history. */
export type HistoryWriteSession = WriteSession & HistorySession;
