/**
 * A model of persons with numbers and user ids, written without the rules of `identity.ts`: it joins all rows
 * of two persons at once, where the store joins each conversation when it is used.
 */
import type { CanonicalPayload } from "../../src/core/decide-types.ts";
import type { OptOut } from "../../src/core/messages/optout.ts";

export type PersonStep = {
  readonly line: string;
  readonly number: string | null;
  readonly userId: string | null;
  /** Null is a call, which says nothing about the opt-out. */
  readonly optOut: OptOut | null;
};

export type ExpectedPerson = {
  readonly address: string;
  /** The same number for one contact as long as it is the older one. */
  readonly contact: number;
  readonly conversation: number;
  readonly optedOut: boolean;
};

export const LINES = ["+12065550199", "+12065550198"] as const;
export const NUMBERS = ["+12065550100", "+12065550101"] as const;
export const USER_IDS = [
  "US.13491208655302741918",
  "US.ENT.11815799212886844830",
  "GB.2f9QbXn71",
] as const;

/** Every step that the model can take. */
export const STEPS: readonly PersonStep[] = LINES.flatMap((line) =>
  [null, ...NUMBERS].flatMap((number) =>
    [null, ...USER_IDS].flatMap((userId) =>
      number === null && userId === null
        ? []
        : ([null, "STOP", "UNSTOP"] as const).map((optOut) => ({ line, number, userId, optOut })),
    ),
  ),
);

/** The event of a step: its type, and its payload in flat form. */
export function toPersonEvent({ line, number, userId, optOut }: PersonStep) {
  const contact = (number ?? userId) as string;
  const beside = number === null || userId === null ? {} : { contactUserId: userId };
  const given = { line, contact, ...beside };
  const payload =
    optOut === null
      ? { ...given, direction: "inbound", status: "ended" }
      : { ...given, type: optOut };
  const canonical: CanonicalPayload = optOut === null ? given : { ...given, optOut };
  return {
    type: optOut === null ? "call.logged" : "optout.changed",
    payloadText: JSON.stringify(payload),
    canonical,
  };
}

export function createPersons() {
  const numberOf = new Map<string, string>();
  const contacts = new Map<string, number>();
  const conversations = new Map<string, Pick<ExpectedPerson, "conversation" | "optedOut">>();
  let made = 0;

  function link(number: string, userId: string): void {
    numberOf.set(userId, number);
    const [named, user] = [contacts.get(number), contacts.get(userId)];
    if (user === undefined) return;
    contacts.delete(userId);
    contacts.set(number, Math.min(named ?? Infinity, user));
    for (const line of LINES) {
      const former = conversations.get(`${line} ${userId}`);
      if (former === undefined) continue;
      const present = conversations.get(`${line} ${number}`);
      conversations.delete(`${line} ${userId}`);
      conversations.set(`${line} ${number}`, {
        conversation: (present ?? former).conversation,
        optedOut: former.optedOut || present?.optedOut === true,
      });
    }
  }

  return {
    /** Returns null when the event is to be refused. */
    take({ line, number, userId, optOut }: PersonStep): ExpectedPerson | null {
      const known = userId === null ? undefined : numberOf.get(userId);
      if (number !== null && userId !== null) {
        if (known !== undefined && known !== number) return null;
        if (known === undefined) link(number, userId);
      }
      const address = number ?? known ?? (userId as string);
      const contact = contacts.get(address) ?? ++made;
      contacts.set(address, contact);
      const before = conversations.get(`${line} ${address}`) ?? {
        conversation: ++made,
        optedOut: false,
      };
      const optedOut = optOut === null ? before.optedOut : optOut === "STOP";
      conversations.set(`${line} ${address}`, { ...before, optedOut });
      return { address, contact, conversation: before.conversation, optedOut };
    },
    /** The state of every conversation, by line and present address. */
    conversations,
  };
}

/** Compares ids of the store with those of the model: equal in the model means equal in the store. */
export function createIdPairs() {
  const pairs = new Map<string, unknown>();
  return (kind: "contact" | "conversation", expected: number, stored: unknown): boolean => {
    const key = `${kind} ${expected}`;
    if (!pairs.has(key)) pairs.set(key, stored);
    return pairs.get(key) === stored;
  };
}
