/**
 * The data about the participants of an event, and the snapshot that every attempt is rendered from. A
 * snapshot is fixed inside the accept transaction and stored with the event. Every attempt, replay and node
 * therefore sends the same bytes, despite later changes.
 */
import type { Channel, MessageStatus } from "./messages/message-status.ts";

export const DIALECTS = ["svix", "zipwhip", "sendblue", "chirp"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** Instants are milliseconds since the Unix epoch everywhere inside the program. */
export type Instant = number;

export type Media = {
  readonly url: string;
  readonly contentType: string;
  readonly fileName?: string;
  readonly sizeBytes?: number;
};

/**
 * The key of the whole text, which is stored for download, and the number of UTF-8 bytes that a body may
 * show.
 */
export type TextAttachment = { readonly key: string; readonly excerptBytes: number };

/** A stored text message; `id` is the publisher's id, the other ids are the server's. */
export type Message = {
  readonly id: string;
  /** Zipwhip id: a Twitter-epoch snowflake, 64 bits. */
  readonly snowflake: bigint;
  /** Sendblue handle: a UUID. */
  readonly handle: string;
  /** Chirp id: 27 characters of KSUID, without prefix. */
  readonly ksuid: string;
  readonly direction: "inbound" | "outbound";
  readonly channel: Channel;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly media: readonly Media[];
  readonly groupId: string | null;
  readonly participants: readonly string[];
  readonly status: MessageStatus | null;
  readonly error: { readonly code?: string | number; readonly message: string } | null;
  /** When the message was received or sent according to the publisher, else when the server accepted it. */
  readonly createdAt: Instant;
  readonly deliveredAt: Instant | null;
  readonly readAt: Instant | null;
  readonly deletedAt: Instant | null;
  /** Set when the text is too long for a dialect's body. */
  readonly textAttachment: TextAttachment | null;
  /** Set while the message is known from a report only, which carried it; see `complete-message.ts`. */
  readonly isFromReport?: true;
};

export type Contact = {
  readonly contactId: number;
  /** The address: a number, or the user id while no number is known; see `identity.ts`. */
  readonly number: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly companyName: string | null;
  readonly tags: readonly string[];
  readonly deletedAt: Instant | null;
  /** Absent for a contact from before user ids, which is older than every contact with one. */
  readonly createdAt?: Instant;
  /** All user ids, the newest last. */
  readonly userIds?: readonly string[];
  /** User ids that were the address once. Conversations may still be stored under them. */
  readonly formerAddresses?: readonly string[];
};

/** A line of the application. `lineId` is null until the line is registered. */
export type Line = {
  readonly lineId: string | null;
  readonly number: string;
  readonly deviceId: number;
  readonly payloadGeneration: "2020" | "2015";
};

/** The conversation of a line with a contact: opt-out is a fact of (app, line, contact). */
export type Conversation = {
  readonly fingerprint: string;
  readonly optedOut: boolean;
};

/** The application as bodies name it. `email` is its metadata `accountEmail`; some vendors send one. */
export type Account = { readonly name: string; readonly email: string | null };

/** All data that a renderer may read. `payloadText` is the publisher's payload, byte for byte. */
export type Snapshot = {
  readonly eventId: string;
  readonly appId: string;
  readonly type: string;
  readonly payloadText: string;
  readonly contentType: string;
  readonly occurredAt: Instant;
  readonly acceptedAt: Instant;
  readonly message: Message | null;
  readonly contact: Contact | null;
  readonly line: Line | null;
  readonly conversation: Conversation | null;
  /** Null for an event that is delivered without being read, such as one of a custom type. */
  readonly account: Account | null;
};
