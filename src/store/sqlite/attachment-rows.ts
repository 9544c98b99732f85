/**
 * What a message carries besides its body, made with the message and in the same transaction, so that
 * it can be fetched before the first webhook that speaks of it goes out.
 */
import type { Message } from "../../core/snapshot.ts";
import { attachmentName } from "../attachment-name.ts";
import type { Writer } from "./writer-types.ts";

type Of = {
  readonly appSeq: number;
  readonly eventSeq: number;
  readonly messageSeq: number;
  readonly message: Message;
  readonly now: number;
};
type Columns = {
  readonly key: string;
  readonly ordinal: number;
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Uint8Array | null;
  readonly url: string | null;
  readonly sizeBytes: number | null;
};

/** The whole of a text that is too long for a dialect's body comes first, then the media. */
export function saveAttachments(writer: Writer, p: Of): void {
  const { text, textAttachment, media } = p.message;
  if (textAttachment !== null) {
    const content = Buffer.from(text);
    insert(writer, p, {
      key: textAttachment.key,
      ordinal: 0,
      fileName: "message.txt",
      contentType: "text/plain",
      content,
      url: null,
      sizeBytes: content.byteLength,
    });
  }
  for (const [i, item] of media.entries()) {
    insert(writer, p, {
      key: writer.drawing.attachmentKey(),
      ordinal: i + 1,
      fileName: attachmentName(item),
      contentType: item.contentType,
      content: null,
      url: item.url,
      sizeBytes: item.sizeBytes ?? null,
    });
  }
}

function insert({ sql }: Writer, p: Of, columns: Columns): void {
  sql(
    `INSERT INTO attachment (key, appSeq, eventSeq, messageSeq, ordinal, fileName, contentType,
      content, url, sizeBytes, createdAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    columns.key,
    p.appSeq,
    p.eventSeq,
    p.messageSeq,
    columns.ordinal,
    columns.fileName,
    columns.contentType,
    columns.content,
    columns.url,
    columns.sizeBytes,
    p.now,
  );
}
