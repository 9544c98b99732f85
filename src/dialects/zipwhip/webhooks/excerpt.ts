/** The text of a message as webhook bodies show it. */
import type { Message } from "../../../core/snapshot.ts";

const encoder = new TextEncoder();

/**
 * The beginning of a text that is stored whole as an attachment, without splitting a character. Any other
 * text is returned unchanged. Half a surrogate pair, which UTF-8 cannot carry, becomes U+FFFD as in the
 * attachment: strict parsers refuse a whole body for one.
 */
export function toExcerpt(text: string, message: Message | null): string {
  const limit = message?.textAttachment?.excerptBytes;
  if (limit === undefined) return text.toWellFormed();
  const bytes = new Uint8Array(Math.min(limit, text.length * 3));
  const { read } = encoder.encodeInto(text, bytes);
  return text.slice(0, read).toWellFormed();
}
