/** Writes the attachments of a message. */
import type { Message } from "../../../core/snapshot.ts";
import { attachmentRows } from "../../accept/attachment-rows.ts";
import type { Writer } from "../thread/writer-types.ts";

export function saveAttachments(
  writer: Writer,
  p: {
    readonly appSeq: number;
    readonly eventSeq: number;
    readonly messageSeq: number;
    readonly message: Message;
    readonly now: number;
  },
): void {
  for (const row of attachmentRows({ ...p, drawKey: writer.idGenerator.attachmentKey })) {
    writer
      .sql(
        `INSERT INTO attachment (key, appSeq, eventSeq, messageSeq, ordinal, fileName, contentType,
          content, url, sizeBytes, createdAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        row.key,
        p.appSeq,
        p.eventSeq,
        p.messageSeq,
        row.ordinal,
        row.fileName,
        row.contentType,
        row.content,
        row.url,
        row.sizeBytes,
        row.createdAt,
      );
  }
}
