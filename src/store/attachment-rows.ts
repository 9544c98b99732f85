/**
 * What a message carries besides its body, made with the message and in the same transaction, so that
 * it can be fetched before the first webhook that speaks of it goes out.
 */
import type { Message } from "../core/snapshot.ts";
import { attachmentName } from "./attachment-name.ts";

export type AttachmentRow = {
  readonly eventSeq: number;
  /** 0 is the whole text of the message, its media are 1 and up. */
  readonly ordinal: number;
  readonly key: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Uint8Array | null;
  readonly url: string | null;
  readonly sizeBytes: number | null;
  readonly createdAt: number;
};

/** The whole of a text that is too long for a dialect's body comes first, then the media. */
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
