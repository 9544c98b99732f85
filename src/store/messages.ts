/** The message register as clients read it: by our own id, whatever became of the publisher's. */
import type { Message, Snapshot } from "../core/snapshot.ts";

export type MessageView = Pick<Snapshot, "contact" | "line" | "conversation"> & {
  /** As the last change left it. */
  readonly message: Message;
};

export type Attachment = {
  /** At least 128 random bits: whoever has it may read the content. */
  readonly key: string;
  readonly fileName: string;
  readonly contentType: string;
  /** Null for media whose publisher did not say. */
  readonly sizeBytes: number | null;
  readonly createdAt: number;
};

export type StoredAttachment = Attachment & {
  readonly appId: string;
  /** Where the publisher has the content; null for a text, which the store holds. */
  readonly url: string | null;
};

/** A message and its attachments live exactly as long as the event that made it. */
export interface MessageStore {
  /** Null when the app has no such message, or its content was expunged. */
  get(p: { appRef: string; snowflake: bigint }): Promise<MessageView | null>;
  /** The whole text first when it is stored, then the media in their order. Null when unknown. */
  attachments(p: { appRef: string; snowflake: bigint }): Promise<readonly Attachment[] | null>;
  attachment(p: { key: string }): Promise<StoredAttachment | null>;
  /** In UTF-8. Null when the key is unknown, or that of media. */
  attachedText(p: { key: string }): Promise<Uint8Array | null>;
}
