/**
 * The codes of `message/progress` with the descriptions of document 002, and -1234, which a report can also
 * have. Zipwhip lists further codes for sends that it refused, which do not apply here.
 */
import { MESSAGE_STATUSES } from "../../../core/messages/message-status.ts";
import type { Message } from "../../../core/snapshot.ts";

export const STATUS_CODES = [
  {
    code: 0,
    description: "Successful transmission - no acknowledgment from carrier",
    state: "Success",
    final: true,
  },
  { code: 1, description: "In Process", state: "Transient", final: false },
  { code: 2, description: "Queued", state: "Transient", final: false },
  { code: 4, description: "Successful delivery to carrier", state: "Success", final: true },
  { code: 5, description: "Failed delivery to carrier", state: "Failure", final: true },
  {
    code: 6,
    description: "Successful delivery to handset (toll-free numbers only)",
    state: "Success",
    final: true,
  },
  {
    code: 7,
    description: "Failed delivery to handset (toll-free numbers only)",
    state: "Failure",
    final: true,
  },
  {
    code: -1234,
    description: "Not sent: the recipient has opted out with STOP",
    state: "Failure",
    final: false,
  },
] as const;

const IN_PROCESS = 1;
const DELIVERED_TO_CARRIER = 4;
const DELIVERED_TO_HANDSET = 6;

/**
 * Both documents show code 4 on a received text. An outbound text without a report is in process. A text that
 * was read, for which there is no code, has reached the handset.
 */
export function toStatusCode({ status, direction }: Message): number {
  if (status === null) return direction === "inbound" ? DELIVERED_TO_CARRIER : IN_PROCESS;
  return MESSAGE_STATUSES[status].zipwhipCode ?? DELIVERED_TO_HANDSET;
}
