/**
 * The event of each dialect for a canonical event; the tables of docs/dialects/ list the same. `svix` has every
 * type under its canonical name; the others have only the events of `canonical-events.ts` and the statuses
 * listed here. The accept transaction matches endpoints by these names. The dialect's folder renders the body.
 */
import { CANONICAL_EVENTS, type CanonicalType } from "./canonical-events.ts";
import { isCanonical } from "./event-type.ts";
import type { Channel, MessageStatus } from "../messages/message-status.ts";
import type { Dialect, Instant, Media } from "../snapshot.ts";

/** A `Snapshot` has these fields; the optional ones are known only while an event is accepted. */
export type DialectFacts = {
  readonly type: string;
  readonly message: {
    readonly channel: Channel;
    readonly status: MessageStatus | null;
    readonly media: readonly Media[];
    readonly deliveredAt?: Instant | null;
  } | null;
  /**
   * The status before this event. A dialect with fewer statuses may have sent it already. A sent message has
   * one when reports about it came before it.
   */
  readonly previousStatus?: MessageStatus | null;
  /** The channel on which the contact of a contact event was seen. */
  readonly contactChannel?: Channel;
  /** Null for an event that the server does not read, under any name: only native endpoints get it. */
  readonly account?: object | null;
};

type OtherDialect = Exclude<Dialect, "svix">;

type Names = { readonly [D in OtherDialect]?: string };
const EVENTS: Readonly<Record<CanonicalType, Names>> = CANONICAL_EVENTS;

/** Sendblue's status, Chirp's event. `zipwhip` sends every status that has a code. */
type Progress = { readonly zipwhip: boolean; readonly sendblue?: string; readonly chirp?: string };
const PROGRESS: Record<MessageStatus, Progress> = {
  in_process: { zipwhip: true, sendblue: "PENDING" },
  queued: { zipwhip: true, sendblue: "QUEUED" },
  sent: { zipwhip: true, sendblue: "SENT", chirp: "messages.*.sent" },
  delivered_to_carrier: { zipwhip: true, sendblue: "SENT", chirp: "messages.*.sent" },
  carrier_failed: { zipwhip: true, sendblue: "ERROR", chirp: "messages.*.failed" },
  handset_failed: { zipwhip: true, sendblue: "ERROR", chirp: "messages.*.failed" },
  blocked: { zipwhip: true, sendblue: "DECLINED", chirp: "messages.*.failed" },
  delivered_to_handset: { zipwhip: true, sendblue: "DELIVERED", chirp: "messages.*.delivered" },
  // Sendblue lists READ but is not known to send it. An SMS has no read receipt.
  read_by_recipient: { zipwhip: false, chirp: "messages.whatsapp.read" },
};

const OLDER_NAMES: ReadonlyMap<string, string> = new Map([
  ["messages.sms.received", "MESSAGE_CREATED"],
  ["messages.sms.sent", "MESSAGE_SENT"],
  ["messages.sms.delivered", "MESSAGE_DELIVERED"],
]);

/** The fields of an endpoint that decide the form of its webhooks. */
type WantedNames = {
  readonly dialect: Dialect;
  readonly eventTypes: readonly string[] | null;
};

/** Returns the dialect's name for the event; null when the dialect has no such event. */
export function findDialectEvent(dialect: Dialect, facts: DialectFacts): string | null {
  if (dialect === "svix") return facts.type;
  if (facts.account === null || !isCanonical(facts.type)) return null;
  if (facts.type === "message.progress") return findProgressEvent(dialect, facts);
  if (facts.type === "message.sent" && dialect === "sendblue" && isReported(facts)) return null;
  const name = EVENTS[facts.type][dialect];
  if (name === undefined) return null;
  if (dialect !== "chirp") return name;
  const met = facts.contactChannel;
  if (met !== undefined && met !== "whatsapp" && name.startsWith("contacts.whatsapp.")) return null;
  return byChannel(name, facts);
}

/**
 * Returns the name that Chirp's first generation had for its event `name`. That generation had texts only, no
 * WhatsApp, and its pages print these three names.
 */
export function findOlderName(dialect: Dialect, name: string): string | null {
  return dialect === "chirp" ? (OLDER_NAMES.get(name) ?? null) : null;
}

/** The index of a webhook in the form of Chirp's first generation. */
export const OLDER_FORM = 1;
const FIRST: readonly number[] = [0];
const OLDER: readonly number[] = [OLDER_FORM];

/**
 * Returns the indexes of the webhooks that an endpoint gets for one event. Sendblue sends one per picture.
 * Chirp sends one, in the older form if the endpoint lists the older name of the event and not the current
 * one. The index is stored with the delivery, so all attempts have the form of the first.
 */
export function listWebhooks(
  { dialect, eventTypes }: WantedNames,
  facts: DialectFacts,
): readonly number[] {
  if (dialect === "chirp") return isOlderWanted(eventTypes, facts) ? OLDER : FIRST;
  const pictures = dialect === "sendblue" ? (facts.message?.media.length ?? 0) : 0;
  return pictures < 2 ? FIRST : Array.from({ length: pictures }, (_, index) => index);
}

/** Whether one event may make several webhooks for one endpoint. The first has the index 0. */
export function hasSeveralWebhooks(dialect: Dialect): boolean {
  return dialect === "sendblue";
}

function isOlderWanted(eventTypes: WantedNames["eventTypes"], facts: DialectFacts): boolean {
  if (eventTypes === null) return false;
  const name = findDialectEvent("chirp", facts);
  if (name === null || eventTypes.includes(name)) return false;
  const older = findOlderName("chirp", name);
  return older !== null && eventTypes.includes(older);
}

/** Returns Sendblue's `status` for an outbound message with this status. */
export function findSendblueStatus(status: MessageStatus): string | null {
  return PROGRESS[status].sendblue ?? null;
}

function findProgressEvent(dialect: OtherDialect, facts: DialectFacts): string | null {
  const status = facts.message?.status;
  if (status === null || status === undefined) return null;
  const now = PROGRESS[status];
  if (dialect === "zipwhip") return now.zipwhip ? "message/progress" : null;
  const current = now[dialect];
  if (current === undefined) return null;
  const previous = facts.previousStatus;
  if (previous !== null && previous !== undefined && PROGRESS[previous][dialect] === current)
    return null;
  if (dialect === "sendblue") return "outbound";
  const name = byChannel(current, facts);
  return name === "messages.whatsapp.read" && facts.message?.channel !== "whatsapp" ? null : name;
}

/**
 * Returns whether Sendblue got the `outbound` webhook with the current status of a sent message from a report.
 * The report that the recipient has read it makes none: the sent message is then the first that is delivered.
 */
function isReported({ message, previousStatus }: DialectFacts): boolean {
  if (previousStatus === null || previousStatus === undefined) return false;
  if (PROGRESS[previousStatus].sendblue !== undefined) return true;
  return message?.deliveredAt !== null && message?.deliveredAt !== undefined;
}

function byChannel(name: string, facts: DialectFacts): string {
  return name.replace("*", facts.message?.channel === "whatsapp" ? "whatsapp" : "sms");
}
