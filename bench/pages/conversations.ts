/**
 * Conversations of two applications: a received text, its answer, and three reports about the answer. One
 * conversation of each application is published to a server, which delivers it. The events of the others are
 * copies with separate ids, numbers and instants.
 */
import { randomBytes } from "node:crypto";
import { createIdSource } from "../../src/core/ids/ids.ts";
import type { Rig } from "../rig.ts";
import type { Server } from "../server.ts";

export const LINE = "+12065550142";
export const ENDPOINTS_PER_APP = 5;
export const EVENTS_PER_CONVERSATION = 5;
/** Every fifth conversation is of the smaller application. */
const APPS = [
  { name: "Blue Door", numbers: 40_000 },
  { name: "Nova", numbers: 10_000 },
] as const;
const SMALLER_EVERY = 5;
/** One conversation in a hundred is with the first number, which therefore has thousands of events. */
const BUSY_EVERY = 100;
const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657;
/** Digits of the numbers of applications' contacts. */
const NUMBER_DIGITS = 7;
const SAMPLES = 400;

export type World = {
  readonly apps: readonly { readonly id: string; readonly endpoints: readonly string[] }[];
  /** The ids of the published events of each application, in their order. */
  readonly published: readonly (readonly string[])[];
};

/** The two columns of a published event that contain names, and the names. */
export type Template = {
  readonly participants: string;
  readonly payload: string;
};

export type SeededEvent = {
  readonly app: number;
  /** The place of its template among all. */
  readonly template: number;
  readonly id: string;
  readonly eventId: string;
  readonly at: number;
  readonly participants: string;
  readonly payload: string;
  /** The id of the text that the event made. */
  readonly snowflake: bigint | null;
};

/** The names of a conversation of the first application, by which the reads ask. */
export type Sample = {
  readonly number: string;
  readonly messageId: string;
  readonly eventId: string;
  readonly ownEventId: string;
  readonly snowflake: string;
  readonly handle: string;
  readonly ksuid: string;
  readonly at: number;
};

export async function publishConversations(rig: Rig, server: Server): Promise<World> {
  const apps: { id: string; endpoints: string[] }[] = [];
  const published: string[][] = [];
  for (const { name } of APPS) {
    const id = String((await server.call("POST", "/app", { name }))["id"]);
    const endpoints: string[] = [];
    for (let i = 0; i < ENDPOINTS_PER_APP; i++) {
      const url = `${rig.sink.origin}/${name.toLowerCase().replace(" ", "-")}/${i}`;
      endpoints.push(String((await server.call("POST", `/app/${id}/endpoint`, { url }))["id"]));
    }
    apps.push({ id, endpoints });
    const ids: string[] = [];
    const before = rig.sink.received();
    for (const [place, [eventType, message]] of listEvents().entries()) {
      const event = { eventType, eventId: `e-${place}`, payload: { message } };
      ids.push(String((await server.call("POST", `/app/${id}/msg`, event))["id"]));
    }
    await rig.sink.waitFor(before + ids.length * ENDPOINTS_PER_APP);
    published.push(ids);
  }
  return { apps, published };
}

const OUTBOUND = 2;
const TEMPLATE_NUMBER = "+12065550188";
const QUESTION =
  "Hi, this is Dana. Could you move my table for tonight from seven to half past eight?";
const ANSWER = "Your table is ready at half past eight. Reply C to cancel.";

function listEvents(): readonly (readonly [string, object])[] {
  const inbound = { id: toMessageId(1), channel: "sms", from: TEMPLATE_NUMBER, to: LINE };
  const outbound = { id: toMessageId(OUTBOUND), channel: "sms", from: LINE, to: TEMPLATE_NUMBER };
  const report = (status: string) => ["message.progress", { id: outbound.id, status }] as const;
  return [
    ["message.received", { ...inbound, text: QUESTION }],
    ["message.sent", { ...outbound, text: ANSWER }],
    report("sent"),
    report("delivered_to_carrier"),
    report("delivered_to_handset"),
  ];
}

function toMessageId(number: number): string {
  return `m-${Array.from(String(number).padStart(12, "0")).reverse().join("")}`;
}

export function toNumber(app: number, contact: number): string {
  return `+1${["206", "415"][app]}${String(contact).padStart(NUMBER_DIGITS, "0")}`;
}

export function listNumbers(app: number): readonly string[] {
  return Array.from({ length: APPS[app]?.numbers ?? 0 }, (_, i) => toNumber(app, i));
}

/** `samples` gets the names of conversations that are spread evenly. */
export function* converse(p: {
  readonly templates: readonly Template[];
  readonly conversations: number;
  readonly oldestAt: number;
  readonly newestAt: number;
  readonly samples: Sample[];
}): Generator<SeededEvent> {
  const templates = p.templates.map(createTemplate);
  const step = (p.newestAt - p.oldestAt) / (p.conversations * EVENTS_PER_CONVERSATION);
  const sampleEvery = Math.max(1, Math.floor(p.conversations / SAMPLES));
  let at = p.oldestAt;
  const ids = createIdSource({ now: () => at, randomBytes });
  for (let k = 0; k < p.conversations; k++) {
    const app = k % SMALLER_EVERY === SMALLER_EVERY - 1 ? 1 : 0;
    const contact = k % BUSY_EVERY === 0 ? 0 : (k * 7919) % (APPS[app]?.numbers ?? 1);
    const number = toNumber(app, contact);
    let message: Names | undefined;
    for (let i = 0; i < EVENTS_PER_CONVERSATION; i++) {
      const n = k * EVENTS_PER_CONVERSATION + i;
      at = Math.floor(p.oldestAt + n * step);
      const makes = i < OUTBOUND;
      if (makes || message === undefined) {
        message = newMessage({ number, text: k * OUTBOUND + i + 1, at, ksuid: ids.next("") });
      }
      const template = app * EVENTS_PER_CONVERSATION + i;
      const id = ids.next("msg_");
      const eventId = `e-${n}`;
      const { participants, payload } = templates[template] as ReturnType<typeof createTemplate>;
      yield {
        app,
        template,
        id,
        eventId,
        at,
        participants: participants(message),
        payload: payload(message),
        snowflake: makes ? BigInt(message.snowflake) : null,
      };
      if (app === 0 && i === 1 && k % sampleEvery === 0) {
        p.samples.push({ ...message, eventId: id, ownEventId: eventId, at });
      }
    }
  }
}

type Names = Pick<Sample, "number" | "messageId" | "snowflake" | "handle" | "ksuid">;

function newMessage(p: { number: string; text: number; at: number; ksuid: string }): Names {
  const digits = String(p.text).padStart(12, "0");
  const snowflake = (BigInt(p.at - SNOWFLAKE_EPOCH_MS) << 22n) | BigInt((p.text % 4096) << 10);
  return {
    number: p.number,
    messageId: toMessageId(p.text),
    snowflake: `${snowflake}`,
    handle: `033f9d3c-${digits.slice(8)}-4c4e-9b1a-${digits}`,
    ksuid: p.ksuid,
  };
}

const NAMES = ["number", "messageId", "snowflake", "handle", "ksuid"] as const;

/** Replaces the names of the published event by others. */
function createTemplate({ participants, payload }: Template): {
  readonly participants: (names: Names) => string;
  readonly payload: (names: Names) => string;
} {
  const { message } = JSON.parse(participants) as { message: Record<string, string> };
  const published: Readonly<Record<string, (typeof NAMES)[number]>> = {
    [TEMPLATE_NUMBER]: "number",
    [message["id"] as string]: "messageId",
    [message["snowflake"] as string]: "snowflake",
    [message["handle"] as string]: "handle",
    [message["ksuid"] as string]: "ksuid",
  };
  const pattern = new RegExp(
    `(${Object.keys(published)
      .map((value) => RegExp.escape(value))
      .join("|")})`,
  );
  const toFill = (text: string) => {
    const parts = text.split(pattern).map((part) => ({ part, name: published[part] }));
    return (names: Names) =>
      parts.map(({ part, name }) => (name === undefined ? part : names[name])).join("");
  };
  return { participants: toFill(participants), payload: toFill(payload) };
}
