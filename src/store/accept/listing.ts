/**
 * Where the lists of a line's client find a message. Only registered lines have clients, so a message of any other
 * line costs no entry in their indexes. A message that is deleted, or whose content is, leaves the lists.
 */
import type { Message, Snapshot } from "../../core/snapshot.ts";

/** Columns of a message. */
export type Listing = { readonly deviceId: number | null; readonly fingerprint: string | null };

export const UNLISTED: Listing = { deviceId: null, fingerprint: null };

/** The entry of a message that is stored with its event. */
export function toListing({ message, line, conversation }: Snapshot): Listing {
  if (message === null || !isListed(message)) return UNLISTED;
  if (line === null || line.lineId === null || conversation === null) return UNLISTED;
  return { deviceId: line.deviceId, fingerprint: conversation.fingerprint };
}

export function isListed({ deletedAt }: Message): boolean {
  return deletedAt === null;
}
