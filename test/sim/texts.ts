/**
 * Text messages in a run, and the persons of `persons.ts`: a report carries its message in full, and races with the message's own event. The
 * reports of a message rise, so each is delivered. Wherever the own event comes, it is accepted, the message
 * keeps its ids, and the register ends with the text and the last status.
 */
import type { NewEvent } from "../../src/core/decide-types.ts";
import type { MessageStatus } from "../../src/core/messages/message-status.ts";
import type { Message } from "../../src/core/snapshot.ts";
import type { PublishResult } from "../../src/store/interface/accept.ts";
import { loadMessageBySnowflake } from "../../src/store/sqlite/accept/register-rows.ts";
import type { Writer } from "../../src/store/sqlite/thread/writer-types.ts";
import { toPersonEvent, type PersonStep } from "../contract/persons.ts";
import { newEvent } from "../contract/store/fixtures.ts";
import { createPersonChecks } from "./persons.ts";
import { Broken } from "./promises.ts";
import type { Random } from "./random.ts";
import type { Committed } from "./store.ts";

/** An event of a message; the own event when `status` is null. */
export type TextStep = { readonly id: string; readonly status: MessageStatus | null };
export type PublishedEvent = {
  readonly key: string | null;
  readonly laterMs: number;
  readonly text?: TextStep;
  readonly person?: PersonStep;
};

const RISING = ["queued", "sent", "delivered_to_handset"] as const;
const APART_MS = 20;
const TEXT = "Your table is ready.";

/** The events of one message, in one publish each. */
export function drawText(random: Random, id: string, at: number) {
  const reports = RISING.slice(random.below(RISING.length));
  const steps: TextStep[] = reports.map((status) => ({ id, status }));
  steps.splice(random.below(steps.length + 1), 0, { id, status: null });
  let now = at;
  return steps.map((text) => {
    now += random.below(APART_MS);
    return { kind: "publish" as const, at: now, events: [{ key: null, laterMs: 0, text }] };
  });
}

export function toEvent(given: PublishedEvent, p: { id: string; acceptedAt: number }): NewEvent {
  const deliverAt = given.laterMs === 0 ? null : p.acceptedAt + given.laterMs;
  const common = { id: p.id, orderingKey: given.key, deliverAt };
  if (given.person !== undefined) {
    return newEvent({ ...common, ...toPersonEvent(given.person), derive: false });
  }
  if (given.text === undefined) return newEvent(common);
  const { id, status } = given.text;
  const whole = { id, channel: "sms", from: "+12065550100", to: "+12065550188" } as const;
  const message = status === null ? { ...whole, text: TEXT } : { ...whole, status };
  return newEvent({
    ...common,
    type: status === null ? "message.sent" : "message.progress",
    payloadText: JSON.stringify({ message }),
    canonical: { message: { ...message, direction: "outbound" } },
    derive: false,
  });
}

export function createTexts() {
  const persons = createPersonChecks();
  const shown = new Map<string, Message>();
  const accepted = new Map<string, TextStep[]>();

  function note(message: Message): void {
    const before = shown.get(message.id);
    const ids = ({ snowflake, handle, ksuid }: Message) => `${snowflake} ${handle} ${ksuid}`;
    if (before !== undefined && ids(before) !== ids(message)) {
      throw new Broken("a message keeps its ids", message.id);
    }
    shown.set(message.id, message);
  }

  return {
    published(events: readonly PublishedEvent[], result: PublishResult): void {
      for (const { text } of events) {
        if (text === undefined) continue;
        if (result.kind === "refused") {
          throw new Broken("an own event completes its message", `${text.id}: ${result.message}`);
        }
        accepted.set(text.id, [...(accepted.get(text.id) ?? []), text]);
      }
    },
    committed(calls: readonly Committed[]): void {
      persons.committed(calls);
      for (const { leased } of calls) {
        for (const { snapshot } of leased) if (snapshot.message !== null) note(snapshot.message);
      }
    },
    checkEnd(writer: Writer): void {
      persons.checkEnd(writer);
      for (const [id, steps] of accepted) {
        const snowflake = shown.get(id)?.snowflake;
        // Without an enabled endpoint, no snapshot showed the message.
        if (snowflake === undefined) continue;
        const message = loadMessageBySnowflake(writer, snowflake)?.message;
        const isOwn = steps.some(({ status }) => status === null);
        const last = steps.findLast(({ status }) => status !== null)?.status ?? null;
        const expected = `${isOwn ? TEXT : ""} ${last} ${isOwn ? undefined : true}`;
        const stored = `${message?.text} ${message?.status} ${message?.isFromReport}`;
        if (stored !== expected) {
          throw new Broken("an own event completes its message", `${id}: ${stored}`);
        }
      }
    },
  };
}
