/**
 * The attachments of a message. They are written with the message in one transaction, so that they can be
 * fetched before the first webhook that mentions them is sent.
 */
import type { Message } from "../../core/snapshot.ts";
import { attachmentName } from "./attachment-name.ts";

export type AttachmentRow = {
  readonly eventSeq: number;
  /** 0 is the whole text of the message; its media start at 1. */
  readonly ordinal: number;
  readonly key: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Uint8Array | null;
  readonly url: string | null;
  readonly sizeBytes: number | null;
  readonly createdAt: number;
};

/** Returns the whole text first when it is too long for a dialect's body, then the media. */
export function attachmentRows(p: {
  readonly eventSeq: number;
  readonly message: Message;
  readonly now: number;
  readonly drawKey: () => string;
}): readonly AttachmentRow[] {
  const { text, textAttachment, media } = p.message;
  const of = { eventSeq: p.eventSeq, createdAt: p.now };
  const rows: AttachmentRow[] = [];
  if (textAttachment !== null) {
    const content = new TextEncoder().encode(text);
    rows.push({
      ...of,
      ordinal: 0,
      key: textAttachment.key,
      fileName: "message.txt",
      contentType: "text/plain",
      content,
      url: null,
      sizeBytes: content.byteLength,
    });
  }
  for (const [i, item] of media.entries()) {
    rows.push({
      ...of,
      ordinal: i + 1,
      key: p.drawKey(),
      fileName: attachmentName(item),
      contentType: item.contentType,
      content: null,
      url: item.url,
      sizeBytes: item.sizeBytes ?? null,
    });
  }
  return rows;
}

/** Whether the row is of an attachment that the message had already. */
export function hasAttachment(
  { textAttachment, media }: Message,
  { ordinal }: AttachmentRow,
): boolean {
  return ordinal === 0 ? textAttachment !== null : media.length > 0;
}
