/** The context of tests of the accept rules: an application without data, and a small store. */
import { decide, findMessageId } from "../../src/core/decide.ts";
import type {
  CanonicalPayload,
  DecideInput,
  Decision,
  NewEvent,
} from "../../src/core/decide-types.ts";
import { createEndpointIndex, type EndpointIndex } from "../../src/core/events/endpoint-index.ts";
import type { EndpointMatch } from "../../src/core/events/endpoint-match.ts";
import { CATALOGUE } from "../../src/core/events/catalogue.ts";
import { isCanonical } from "../../src/core/events/event-type.ts";
import { DEFAULT_STOP_KEYWORDS, DEFAULT_UNSTOP_KEYWORDS } from "../../src/core/messages/optout.ts";
import { parseCanonicalPayload } from "../../src/core/events/parse-event.ts";
import type { Contact, Conversation, Line, Message } from "../../src/core/snapshot.ts";
import { findPerson, writePerson } from "../../src/store/accept/find-person.ts";

export const LINE = "+12065550100";
export const CONTACT = "+12065550188";
export const AT = Date.UTC(2026, 4, 6, 4);

const SETTINGS = {
  optOutMatch: "word",
  stopKeywords: DEFAULT_STOP_KEYWORDS,
  unstopKeywords: DEFAULT_UNSTOP_KEYWORDS,
  largeTextBytes: 700,
} as const;

export type Accepted = Extract<Decision, { kind: "accepted" }>;
export type Refused = Extract<Decision, { kind: "refused" }>;

let drawn = 0;

export function toEvent(type: string, payload: object, more: Partial<NewEvent> = {}): NewEvent {
  let canonical: CanonicalPayload | null = null;
  if (isCanonical(type)) {
    const parsed = parseCanonicalPayload(type, payload);
    if (!parsed.ok) throw new TypeError(parsed.problems[0]?.message);
    canonical = parsed.canonical;
  }
  return {
    id: `msg_2Vb2zSEq0RUGpuUqhHjT8${String(++drawn).padStart(6, "0")}`,
    eventId: null,
    type,
    payloadText: JSON.stringify(payload),
    contentType: "application/json",
    canonical,
    occurredAt: null,
    channels: [],
    tags: [],
    orderingKey: null,
    deliverAt: null,
    retentionMs: null,
    derive: true,
    historical: false,
    onlyEndpointId: null,
    derivedFrom: null,
    ...more,
  };
}

export function toExample(type: keyof typeof CATALOGUE, more: Partial<NewEvent> = {}): NewEvent {
  return toEvent(type, CATALOGUE[type].example, more);
}

export function received(id: string, text = "Hello", more: Partial<NewEvent> = {}): NewEvent {
  const message = { id, channel: "sms", from: CONTACT, to: LINE, text };
  return toEvent("message.received", { message }, more);
}

export function sent(id: string, more: Partial<NewEvent> = {}): NewEvent {
  const message = { id, channel: "sms", from: LINE, to: CONTACT, text: "Hi" };
  return toEvent("message.sent", { message }, more);
}

export function progress(id: string, status: string, more: object = {}): NewEvent {
  return toEvent("message.progress", { message: { id, status, ...more } });
}

export function toEndpoint(more: Partial<EndpointMatch> = {}): EndpointMatch {
  return {
    endpointId: "ep_all",
    dialect: "svix",
    status: "enabled",
    eventTypes: null,
    channels: null,
    tags: null,
    lines: null,
    wantsHistory: false,
    filter: null,
    ...more,
  };
}

/** Returns an index of the endpoints, oldest first. */
export function toIndex(endpoints: readonly EndpointMatch[]): EndpointIndex {
  const index = createEndpointIndex();
  for (const [order, endpoint] of endpoints.entries()) index.put(endpoint, order);
  return index;
}

/** An in-memory implementation of the lookups that `decide` needs from a store. */
export function openRegister(
  endpoints: readonly EndpointMatch[] = [toEndpoint()],
  now: () => number = () => AT,
) {
  const index = toIndex(endpoints);
  const messages = new Map<string, Message>();
  const contacts = new Map<string, Contact>();
  const aliases = new Map<string, string>();
  const lines = new Map<string, Line>();
  const conversations = new Map<string, Conversation>();
  const explicitOptOuts = new Set<string>();
  const derivedOptOuts = new Set<string>();
  const delivered: { type: string; endpointId: string; webhookIndex: number }[] = [];

  const rows = {
    findAlias: (_: number, userId: string) => aliases.get(userId) ?? null,
    findContact: (_: number, number: string) => contacts.get(number) ?? null,
    findConversation: (_: number, line: string, contact: string) =>
      conversations.get(`${line} ${contact}`) ?? null,
    wasOptedOut: () => false,
    setAlias: (_: number, userId: string, address: string) => void aliases.set(userId, address),
    removeContact: (_: number, address: string) => void contacts.delete(address),
    removeConversation: (_: number, line: string, contact: string) =>
      void conversations.delete(`${line} ${contact}`),
  };

  function named(event: NewEvent): Message | null {
    const { messageSnowflake } = event;
    const id = findMessageId(event);
    if (messageSnowflake === undefined) return id === null ? null : (messages.get(id) ?? null);
    return messages.values().find(({ snowflake }) => snowflake === messageSnowflake) ?? null;
  }

  function accept(event: NewEvent): Decision {
    const message = named(event);
    const person = findPerson(rows, { seq: 1, hasErasedOptOuts: false }, event, message);
    if (person.kind === "refused") return person;
    const { participants, userId, joined } = person;
    const { line, contact } = participants;
    const input: DecideInput = {
      event,
      appId: "app_2Vb2zSEq0RUGpuUqhHjT8bXIz3K",
      account: { name: "Bakery", email: "owner@bakery.example" },
      acceptedAt: now(),
      message,
      participants,
      userId,
      joined,
      contact: person.contact,
      line: line === null ? null : (lines.get(line) ?? null),
      conversation: person.conversation,
      wasOptedOut: false,
      endpoints: index,
      settings: SETTINGS,
      ids,
      explicitOptOuts,
      derivedOptOuts,
    };
    const decision = decide(input);
    if (decision.kind === "refused") return decision;
    const { change, deliveries, derived } = decision;
    if (event.onlyEndpointId === null) writePerson(rows, 1, person);
    if (change.message !== null) messages.set(change.message.id, change.message);
    if (change.contact !== null) contacts.set(change.contact.number, change.contact);
    if (change.line !== null) lines.set(change.line.number, change.line);
    if (change.conversation !== null) conversations.set(`${line} ${contact}`, change.conversation);
    const about = event.canonical?.messageId;
    if (about !== undefined)
      (event.derivedFrom === null ? explicitOptOuts : derivedOptOuts).add(about);
    for (const plan of deliveries) delivered.push({ type: event.type, ...plan });
    for (const child of derived) accept(child);
    return decision;
  }

  return {
    messages,
    contacts,
    aliases,
    lines,
    conversations,
    delivered,
    explicitOptOuts,
    derivedOptOuts,
    /** The types of the delivered events, in order. */
    deliveredTypes: () => delivered.map(({ type }) => type),
    accept(event: NewEvent): Accepted {
      const decision = accept(event);
      if (decision.kind === "refused") throw new TypeError(decision.message);
      return decision;
    },
    refuse(event: NewEvent): Refused {
      const decision = accept(event);
      if (decision.kind === "accepted") throw new TypeError("it was accepted");
      return decision;
    },
  };
}

let next = 0;
const ids = {
  snowflake: () => 1327295480212647937n + BigInt(++next),
  handle: () => `handle-${++next}`,
  ksuid: () => `ksuid-${++next}`,
  contactId: () => ++next,
  fingerprint: () => `${++next}`,
  deviceId: () => ++next,
  attachmentKey: () => `key-${++next}`,
};
