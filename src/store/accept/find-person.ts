/**
 * The contact of an event and its conversation with the line, from the rows of every address that the event
 * or the contact names.
 */
import { identify, joinConversations, toParticipants } from "../../core/decide.ts";
import type { DecideInput, NewEvent, Refusal } from "../../core/decide-types.ts";
import { plainIdentity, type Identity } from "../../core/messages/identity.ts";
import type { Conversation, Message } from "../../core/snapshot.ts";
import type { AcceptApp, AcceptState } from "./accept-state.ts";

type Rules = Pick<
  DecideInput,
  "participants" | "userId" | "joined" | "contact" | "conversation" | "wasOptedOut"
>;
type Person = Rules & {
  readonly kind: "person";
  readonly identity: Identity;
  /** Former addresses of the contact under which the line has a conversation. */
  readonly former: readonly string[];
};

type Former = { readonly address: string; readonly conversation: Conversation };
const NONE: readonly Former[] = [];

type Rows = Pick<AcceptState, "findAlias" | "findContact" | "findConversation" | "wasOptedOut">;
type Writes = Pick<AcceptState, "setAlias" | "removeContact" | "removeConversation">;

/** `message` is the stored message that the event names. An event for one endpoint finds rows and joins none. */
export function findPerson(
  state: Rows,
  app: Pick<AcceptApp, "seq" | "hasErasedOptOuts">,
  event: NewEvent,
  message: Message | null,
): Person | Refusal {
  const { seq } = app;
  const { line, contact: given, userId } = toParticipants(event, message);
  const identity =
    event.onlyEndpointId === null && userId !== null
      ? identifyUser(state, seq, given, userId)
      : plainIdentity(given, given === null ? null : state.findContact(seq, given));
  if (identity.kind === "refused") return identity;
  const { address, contact } = identity;
  const participants = { line, contact: address };
  const found = { kind: "person" as const, identity, participants, userId, contact };
  if (line === null || address === null) {
    const joined = { contact: identity.isJoined, conversation: false };
    return { ...found, joined, conversation: null, former: [], wasOptedOut: false };
  }
  const present = state.findConversation(seq, line, address);
  const former = findFormer(state, seq, line, contact?.formerAddresses);
  // A conversation under the address is newer than an erased one.
  const wasOptedOut =
    app.hasErasedOptOuts &&
    present === null &&
    [address, given, userId].some((one) => one !== null && state.wasOptedOut(seq, line, one));
  const conversation =
    former.length === 0
      ? present
      : joinConversations(
          present,
          former.map((one) => one.conversation),
          wasOptedOut,
        );
  return {
    ...found,
    joined: { contact: identity.isJoined, conversation: former.length > 0 },
    conversation,
    former: former.map((one) => one.address),
    wasOptedOut,
  };
}

/** Deletes the rows that were joined into others, and links the user id. Call this before the joined rows are written. */
export function writePerson(
  state: Writes,
  appSeq: number,
  { identity, participants, former }: Person,
): void {
  const { address, left, linked } = identity;
  if (linked !== null && address !== null) state.setAlias(appSeq, linked, address);
  if (left !== null) state.removeContact(appSeq, left);
  for (const one of former) state.removeConversation(appSeq, participants.line as string, one);
}

function identifyUser(
  state: Rows,
  appSeq: number,
  contact: string | null,
  userId: string,
): Identity | Refusal {
  const alias = state.findAlias(appSeq, userId);
  return identify(
    { contact, userId },
    {
      named: contact === null ? null : state.findContact(appSeq, contact),
      alias,
      aliased: alias === null ? null : state.findContact(appSeq, alias),
    },
  );
}

function findFormer(
  state: Rows,
  appSeq: number,
  line: string,
  addresses: readonly string[] | undefined,
): readonly Former[] {
  if (addresses === undefined) return NONE;
  return addresses.flatMap((address) => {
    const conversation = state.findConversation(appSeq, line, address);
    return conversation === null ? [] : { address, conversation };
  });
}
