/** The message register as clients read it, by Hookline's own id. */
import type { Message, Snapshot } from "../../core/snapshot.ts";

export type MessageView = Pick<Snapshot, "contact" | "line" | "conversation"> & {
  /** State after the last change. */
  readonly message: Message;
};

export type Attachment = {
  /** At least 128 random bits, because the key alone grants access to the content. */
  readonly key: string;
  readonly fileName: string;
  readonly contentType: string;
  /** Null for media when the publisher did not give it. */
  readonly sizeBytes: number | null;
  readonly createdAt: number;
};

export type StoredAttachment = Attachment & {
  readonly appId: string;
  /** The publisher's URL of the content; null for a text, which is in the store. */
  readonly url: string | null;
};

/** A page of a list that has a total, as Zipwhip's clients ask for it. */
export type MessageList = {
  /** Newest first. Fewer than asked for at the end of the list, or when they are large. */
  readonly messages: readonly MessageView[];
  /** The number of messages that the list has; at most `LIMITS.listedMessages`. */
  readonly total: number;
};

/** A message and its attachments live exactly as long as the event that created it. */
export interface MessageStore {
  /** Null when the app has no such message, or its content was expunged. */
  get(p: { appRef: string; snowflake: bigint }): Promise<MessageView | null>;
  /**
   * Messages of a line, or of its conversation with this fingerprint. A message is listed if its line was
   * registered when it was accepted, until it is deleted. Null when the line is unknown.
   */
  list(p: {
    appRef: string;
    line: string;
    fingerprint: string | null;
    start: number;
    limit: number;
  }): Promise<MessageList | null>;
  /** The whole text first when it is stored, then the media in their order. Null when unknown. */
  attachments(p: { appRef: string; snowflake: bigint }): Promise<readonly Attachment[] | null>;
  attachment(p: { key: string }): Promise<StoredAttachment | null>;
  /** The text as UTF-8. Null when the key is unknown or belongs to media. */
  attachedText(p: { key: string }): Promise<Uint8Array | null>;
}
