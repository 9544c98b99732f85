/**
 * The content behind an attachment's key. A long text is ours and is read from the store; media stay
 * where their publisher keeps them and are fetched each time, through the guarded door (I9).
 */
import { AppError } from "../core/error.ts";
import type { Attachment, OperationContext } from "./context.ts";

export type AttachmentContent = Pick<Attachment, "fileName"> & {
  /** With its charset where we know it; of media it is what their publisher said. */
  readonly contentType: string;
  readonly content: Uint8Array;
};

/**
 * Whoever has the key may read. Refuses with `not_found` an unknown key and media that are never
 * fetched, with `overloaded` media that cannot be had right now.
 */
export async function readAttachment(
  context: OperationContext,
  key: string,
): Promise<AttachmentContent> {
  const stored = await context.store.messages.attachment({ key });
  if (stored === null) throw new AppError("not_found", "There is no content with this key.");
  const { fileName, contentType, content, url } = stored;
  if (content === null) return { fileName, contentType, content: await fetchMedia(context, url) };
  return { fileName, contentType: `${contentType}; charset=utf-8`, content };
}

async function fetchMedia(context: OperationContext, url: string): Promise<Uint8Array> {
  const fetched = await context.fetchContent(url);
  if (fetched.ok) return fetched.body;
  switch (fetched.reason) {
    case "blocked":
      throw new AppError("not_found", "The content is at an address that this server never calls.");
    case "too_large":
      throw new AppError("not_found", "The content is larger than this server passes on.");
    case "unreachable":
      throw new AppError("overloaded", "The content cannot be had from its publisher right now.", {
        retryAfterSeconds: 5,
      });
  }
}
