/**
 * Persons in a run: events name them by number, by user id, or by both, and opt out and in. Every commit is
 * compared with a model, and so is the state of the registers at the end.
 */
import type { NewEvent } from "../../src/core/decide-types.ts";
import { isUserId } from "../../src/core/messages/address.ts";
import type { Publish } from "../../src/store/interface/accept.ts";
import type { PublishReply } from "../../src/store/sqlite/accept/accept.ts";
import { loadContact, loadConversation } from "../../src/store/sqlite/accept/register-rows.ts";
import type { Writer } from "../../src/store/sqlite/thread/writer-types.ts";
import { createPersons, STEPS, type ExpectedPerson, type PersonStep } from "../contract/persons.ts";
import { Broken } from "./promises.ts";
import type { Random } from "./random.ts";
import type { Committed } from "./store.ts";

const MOST_STEPS = 12;

/** Each event is a publish. */
export function drawPersons(random: Random, toInstant: () => number) {
  return Array.from({ length: random.below(MOST_STEPS) }, () => ({
    kind: "publish" as const,
    at: toInstant(),
    events: [{ key: null, laterMs: 0, person: random.pick(STEPS) }],
  }));
}

export function createPersonChecks() {
  const persons = createPersons();
  const contactIds = new Map<number, number | undefined>();

  function accepted({ p, value, leased }: Committed): void {
    const { events } = p as Publish;
    const [step] = events.flatMap((event) => toStep(event) ?? []);
    if (step === undefined) return;
    const expected = persons.take(step);
    const { result } = value as PublishReply;
    const about = JSON.stringify(step);
    if ((expected === null) !== (result.kind === "refused")) {
      throw new Broken("a person is one contact", `${about} was ${result.kind}`);
    }
    for (const { snapshot } of leased) {
      const { contact, conversation } = snapshot;
      const { address, optedOut } = expected as ExpectedPerson;
      if (contact?.number !== address || conversation?.optedOut !== optedOut) {
        throw new Broken("a person is one contact", `${about}: ${conversation?.optedOut}`);
      }
      checkId(expected as ExpectedPerson, contact.contactId);
    }
  }

  function checkId({ contact, address }: ExpectedPerson, contactId: number | undefined): void {
    if (!contactIds.has(contact)) contactIds.set(contact, contactId);
    if (contactIds.get(contact) === contactId) return;
    throw new Broken("a person is one contact", `${address} has another contactId`);
  }

  return {
    committed(calls: readonly Committed[]): void {
      for (const call of calls) if (call.name === "accept.publish") accepted(call);
    },
    checkEnd(writer: Writer): void {
      const appSeq = writer.sql("SELECT appSeq FROM conversation LIMIT 1").get()?.["appSeq"];
      for (const [key, { optedOut }] of persons.conversations) {
        const [line, address] = key.split(" ") as [string, string];
        const contact = loadContact(writer, appSeq as number, address);
        const stored = [address, ...(contact?.formerAddresses ?? [])].some(
          (one) =>
            loadConversation(writer, { appSeq: appSeq as number, line, contact: one })?.optedOut,
        );
        if (contact === null || stored !== optedOut) {
          throw new Broken("a person is one contact", `${key} ended as ${stored}`);
        }
      }
    },
  };
}

function toStep({ type, canonical }: NewEvent): PersonStep | null {
  if (type !== "optout.changed" && type !== "call.logged") return null;
  const { line = "", contact = "", contactUserId, optOut = null } = canonical ?? {};
  const alone = isUserId(contact);
  return {
    line,
    number: alone ? null : contact,
    userId: alone ? contact : (contactUserId ?? null),
    optOut,
  };
}
