/**
 * The event of every measurement: a received text. Its payload has exactly 1,024 bytes and is a valid
 * `message.received`. Message id and sender are digits at fixed offsets. A publisher creates a new event by
 * writing a few digits into a prepared buffer. The message id is the event's number with its digits reversed.
 * So an id does not predict where the next one sorts, like the ids of platforms.
 */
import { Buffer } from "node:buffer";

export const EVENT_TYPE = "message.received";
const PAYLOAD_BYTES = 1024;
/** The number of senders. After the warm-up each is a known contact. */
const CONTACTS = 1000;

const ID_DIGITS = 12;
const SENDER_DIGITS = 3;
const ID_PREFIX = "m-";
const SENDER_PREFIX = "+14255550";
/** The text is shorter than 700 bytes, from which on a text is also stored as an attachment. */
const TEXT =
  "Hi, this is Dana. I have my cleaning on Tuesday at 3:40 pm and something came up at work. Could I move it to later that week? Thursday after lunch or any time on Friday would be good. ".repeat(
    3,
  );

const BEFORE_ID = `{"message":{"id":"${ID_PREFIX}`;
const BEFORE_SENDER = `","channel":"sms","from":"${SENDER_PREFIX}`;
const AFTER_SENDER = `","to":"+12065550142","text":"${TEXT}"},"carrier":{"trace":"`;
const END = '"}}';

/** The payload text of the event with this number. */
export function payloadText(number: number): string {
  const id = toMessageId(number).slice(ID_PREFIX.length);
  const given = BEFORE_ID + id + BEFORE_SENDER + toSender(number) + AFTER_SENDER;
  // The carrier's further fields pad the payload; unknown names pass through.
  return given + "0".repeat(PAYLOAD_BYTES - given.length - END.length) + END;
}

/** A request body of `count` events: one event as an object, several as an array. */
export type EventBody = { readonly bytes: Buffer; readonly idAt: readonly number[] };

/** `channels` has the channel of each event, all of one length. Without it events have no channel. */
export function layOutBody(count: number, channels: readonly string[] = []): EventBody {
  const starts = Array.from({ length: count }, (_, i) => {
    const channel = channels.length === 0 ? "" : `"channels":["${channels[i % channels.length]}"],`;
    return `{"eventType":"${EVENT_TYPE}",${channel}"payload":`;
  });
  const events = starts.map((start) => `${start}${payloadText(0)}}`);
  const text = count === 1 ? (events[0] as string) : `[${events.join(",")}]`;
  const first = (count === 1 ? 0 : 1) + (starts[0]?.length ?? 0) + BEFORE_ID.length;
  const idAt = events.map(({ length }, i) => first + i * (length + 1));
  return { bytes: Buffer.from(text, "latin1"), idAt };
}

export function toMessageId(number: number): string {
  const digits = String(number).padStart(ID_DIGITS, "0");
  return ID_PREFIX + Array.from(digits).reverse().join("");
}

const SENDER_OFFSET = ID_DIGITS + BEFORE_SENDER.length;
const ZERO = 48;

/** Overwrites the event whose id is at `at` with event `number`. */
export function stampEvent(bytes: Buffer, at: number, number: number): void {
  let rest = number;
  for (let i = 0; i < ID_DIGITS; i++) {
    bytes[at + i] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  bytes.write(toSender(number), at + SENDER_OFFSET, "latin1");
}

const ID_MARK = Buffer.from(`"id":"${ID_PREFIX}`, "latin1");

/** The number of the event in a delivered body that starts at or after `from`. */
export function eventNumberIn(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(ID_MARK, from) + ID_MARK.length;
  let number = 0;
  for (let i = ID_DIGITS - 1; i >= 0; i--) number = number * 10 + (bytes[at + i] ?? 0) - ZERO;
  return number;
}

function toSender(number: number): string {
  return String(number % CONTACTS).padStart(SENDER_DIGITS, "0");
}
