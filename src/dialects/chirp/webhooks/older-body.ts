/**
 * The body of Chirp's first generation: `{event, data}` with a flat message and a UUID. Chirp's pages print it
 * for MESSAGE_CREATED. The other two events have the same keys (decisions/022-older-chirp-events.md).
 */
import type { Message } from "../../../core/snapshot.ts";
import { isoOrNull } from "../iso-time.ts";
import type { OlderEvent } from "./events.ts";

const STATUSES: Readonly<Record<OlderEvent, string>> = {
  MESSAGE_CREATED: "RECEIVED",
  MESSAGE_SENT: "SENT",
  MESSAGE_DELIVERED: "DELIVERED",
};

export function olderBody(event: string, message: Message | null): object | null {
  if (message === null) return null;
  const { handle, direction, from, to, text, media, createdAt } = message;
  const isMms = media.length > 0 || message.channel === "mms";
  return {
    event,
    data: {
      id: handle,
      from,
      to,
      // Chirp: null for an MMS without a text.
      text: isMms && text === "" ? null : text,
      // No event of Hookline has a subject.
      subject: null,
      mediaUrls: media.map(({ url }) => url),
      type: isMms ? "MMS" : "SMS",
      direction: direction.toUpperCase(),
      status: STATUSES[event as OlderEvent],
      createdAt: isoOrNull(createdAt),
    },
  };
}
