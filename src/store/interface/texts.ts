/** Text messages as pages show them: a text with its events, and the verdict of each event at each endpoint. */
import type { Channel, MessageStatus } from "../../core/messages/message-status.ts";
import type { Mark } from "../../core/verdict.ts";
import type { Message } from "../../core/snapshot.ts";
import type { Page, PageRequest } from "../page.ts";
import type { MarkedPage, MarkView } from "./marks.ts";

export type TextFilter = {
  /** The address of the other party. */
  readonly number?: string;
  readonly line?: string;
  readonly direction?: Message["direction"];
  readonly channel?: Channel;
  readonly statuses?: readonly MessageStatus[];
  /** Selects texts with at least one such mark. */
  readonly marks?: readonly Mark[];
  /** Shows only the marks of this endpoint. */
  readonly endpointRef?: string;
  readonly since?: number;
  readonly until?: number;
};

/** A text after its last change. */
export type Text = {
  /** The id of the event that made it. */
  readonly eventId: string;
  readonly acceptedAt: number;
  /** Its text is empty once its content is deleted. */
  readonly message: Message;
  readonly isExpunged: boolean;
};

export type TextPage = Page<Text & { readonly marks: readonly MarkView[] }> &
  MarkedPage & {
    /** The walk ended here, before it found a full page; null when it did not end early. */
    readonly searchedTo: number | null;
  };

export type AttemptMark = {
  readonly id: string;
  readonly at: number;
  readonly statusCode: number;
  /** The reason for having no answer; null with one. */
  readonly reason: string | null;
  readonly succeeded: boolean;
  readonly trigger: "scheduled" | "manual";
  readonly durationMs: number;
};

export type EventOfText = {
  readonly id: string;
  /** The publisher's id. */
  readonly eventId: string | null;
  readonly type: string;
  readonly acceptedAt: number;
  readonly status: MessageStatus | null;
  readonly isSuppressed: boolean;
  /** The id of the event that this one was derived from. */
  readonly derivedFrom: string | null;
  readonly cells: readonly (MarkView & { readonly attempts: readonly AttemptMark[] })[];
};

export type TextStory = MarkedPage & {
  readonly text: Text;
  /** In the order of their acceptance. */
  readonly events: readonly EventOfText[];
  /** Later events were not searched; null when all were. */
  readonly searchedTo: number | null;
  /** With `searchedTo`: passed as `after`, it continues the events. */
  readonly next: string | null;
  /** Whether some attempts are left out. */
  readonly hasMoreAttempts: boolean;
};

export interface TextStore {
  /** Newest first. Null when the app is unknown. `window.after` is the id of an event. */
  list(p: {
    appRef: string;
    window: PageRequest;
    filter: TextFilter;
    now: number;
  }): Promise<TextPage | null>;
  /**
   * `ref` is an id of the text (the publisher's, a snowflake, a handle, a KSUID) or the id of an event about it.
   * Null when unknown. `searchedTo` is set when a part of the history was not searched for the id. With `after`, the
   * `next` of an earlier answer, the events are those behind it.
   */
  find(p: {
    appRef: string;
    ref: string;
    after?: string | null;
    now: number;
  }): Promise<TextStory | { readonly searchedTo: number } | null>;
}
