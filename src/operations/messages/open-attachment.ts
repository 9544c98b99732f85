/**
 * The content behind an attachment's key. The store keeps long texts. Media stay where their publisher keeps
 * them and are streamed each time, through the guarded connector (I9).
 */
import type { Readable } from "node:stream";
import { AppError } from "../../core/error.ts";
import type { Attachment } from "../../store/interface/messages.ts";
import type { OperationContext } from "../context.ts";

export type AttachmentContent = Pick<Attachment, "fileName"> & {
  /** With its charset for stored content; for media it is the publisher's value. */
  readonly contentType: string;
  /** Null when the media's origin does not say. */
  readonly sizeBytes: number | null;
  readonly content: Uint8Array | Readable;
};

const RETRY_AFTER_SECONDS = 5;

/**
 * Opens the content; the key is the permission. `signal` is aborted when the client has the content or is
 * gone; until then the content holds a download slot. Refuses with `not_found` an unknown key and media that
 * are never fetched, and with `overloaded` content that is unavailable at the moment.
 */
export async function openAttachment(
  context: OperationContext,
  { key, signal }: { readonly key: string; readonly signal: AbortSignal },
): Promise<AttachmentContent> {
  const stored = await context.store.messages.attachment({ key });
  if (stored === null) throw unknownKey();
  const { appId, fileName, contentType, url } = stored;
  const origin = url === null ? null : toOrigin(url);
  if (!(await context.downloads.acquire({ appId, origin, signal }))) {
    throw overloaded(
      "This application has too many downloads of attachments in progress; retry later.",
    );
  }
  if (url !== null) return { fileName, contentType, ...(await openMedia(context, url, signal)) };
  // The text is read only now, so that a waiting request holds none in memory.
  const content = await context.store.messages.attachedText({ key });
  if (content === null) throw unknownKey();
  return {
    fileName,
    contentType: `${contentType}; charset=utf-8`,
    sizeBytes: content.byteLength,
    content,
  };
}

async function openMedia(
  context: OperationContext,
  url: string,
  signal: AbortSignal,
): Promise<Pick<AttachmentContent, "sizeBytes" | "content">> {
  const fetched = await context.fetchContent(url, signal);
  if (fetched.ok) return { sizeBytes: fetched.sizeBytes, content: fetched.body };
  switch (fetched.reason) {
    case "blocked":
      throw new AppError("not_found", "The content is at an address that this server never calls.");
    case "too_large":
      throw new AppError("not_found", "The content is larger than this server transfers.");
    case "unreachable":
      throw overloaded("The content is temporarily unavailable from its publisher; retry later.");
  }
}

/** Returns the URL itself when it has no origin, so that each invalid URL is counted separately. */
function toOrigin(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

function unknownKey(): AppError {
  return new AppError("not_found", "There is no content with this key.");
}

function overloaded(message: string): AppError {
  return new AppError("overloaded", message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
