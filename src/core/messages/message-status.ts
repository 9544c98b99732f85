/**
 * Message statuses, their rank and their Zipwhip code. A report is stale if it has a lower rank, repeats the
 * status, or is a failure after the handset confirmed. A stale report is stored and not delivered
 * (docs/publishing.md).
 */
export const CHANNELS = ["sms", "mms", "imessage", "rcs", "whatsapp"] as const;
export type Channel = (typeof CHANNELS)[number];

export const MESSAGE_STATUSES = {
  in_process: { rank: 1, zipwhipCode: 1, failure: false },
  queued: { rank: 2, zipwhipCode: 2, failure: false },
  sent: { rank: 3, zipwhipCode: 0, failure: false },
  delivered_to_carrier: { rank: 4, zipwhipCode: 4, failure: false },
  carrier_failed: { rank: 5, zipwhipCode: 5, failure: true },
  handset_failed: { rank: 5, zipwhipCode: 7, failure: true },
  blocked: { rank: 5, zipwhipCode: -1234, failure: true },
  delivered_to_handset: { rank: 6, zipwhipCode: 6, failure: false },
  read_by_recipient: { rank: 7, zipwhipCode: null, failure: false },
} as const satisfies Record<string, { rank: number; zipwhipCode: number | null; failure: boolean }>;

export type MessageStatus = keyof typeof MESSAGE_STATUSES;

/** Returns whether a report of `next` is stale for a message that already has `current`. */
export function isStaleStatus(current: MessageStatus | null, next: MessageStatus): boolean {
  if (current === null) return false;
  return MESSAGE_STATUSES[next].rank <= MESSAGE_STATUSES[current].rank;
}
