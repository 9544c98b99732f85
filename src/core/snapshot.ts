/**
 * What is known of the participants of an event, and the snapshot that every attempt is rendered from.
 * A snapshot is fixed inside the accept transaction and stored with the event, so every attempt,
 * every replay and every node sends the same bytes whatever changes afterwards.
 */
import type { Channel, MessageStatus } from "./message-status.ts";

export type Dialect = "svix" | "zipwhip" | "sendblue" | "chirp";
export const DIALECTS = ["svix", "zipwhip", "sendblue", "chirp"] as const satisfies Dialect[];

/** Instants are milliseconds since the Unix epoch everywhere inside the program. */
export type Instant = number;

export type Media = {
  readonly url: string;
  readonly contentType: string;
  readonly fileName?: string;
  readonly sizeBytes?: number;
};

/** The whole text, stored to be fetched: its key, and how many UTF-8 bytes of it a body may show. */
export type TextAttachment = { readonly key: string; readonly excerptBytes: number };

/** A text message as the register keeps it; `id` is the publisher's own, the rest of the ids are ours. */
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
  /** When it was received or sent, as the publisher said, else when we accepted it. */
  readonly createdAt: Instant;
  readonly deliveredAt: Instant | null;
  readonly readAt: Instant | null;
  readonly deletedAt: Instant | null;
  /** Set when the text is too long for a dialect's body. */
  readonly textAttachment: TextAttachment | null;
};

export type Contact = {
  readonly contactId: number;
  readonly number: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly companyName: string | null;
  readonly tags: readonly string[];
  readonly deletedAt: Instant | null;
};

/** A line as known to the app. `lineId` is null while nobody registered it. */
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

/** The app as bodies name it. `email` is its metadata `accountEmail`; some vendors send one. */
export type Account = { readonly name: string; readonly email: string | null };

/** All that a renderer may read. `payloadText` is what the publisher sent, byte for byte. */
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
  /** Null for a type of the publisher's own, which is only carried. */
  readonly account: Account | null;
};
