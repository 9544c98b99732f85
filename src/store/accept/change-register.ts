/** The registers of an app: messages, contacts, lines, and the conversations of a line and a contact. */
import { findMessageId } from "../../core/decide.ts";
import { isSnowflake } from "../../core/ids/snowflake.ts";
import type { NewEvent, RegisterChange } from "../../core/decide-types.ts";
import type { AcceptState, KnownMessage } from "./accept-state.ts";
import { isCompleted } from "../../core/messages/complete-message.ts";
import type { Message } from "../../core/snapshot.ts";
import { attachmentRows, hasAttachment } from "./attachment-rows.ts";
import type { Listing } from "./listing.ts";
import { WINDOW_KINDS } from "./dedupe-window-kinds.ts";

/**
 * The message that the event names: by the server's id, or by the publisher's within the dedupe window. The
 * message of another app is unknown.
 */
export function findNamedMessage(
  state: AcceptState,
  appSeq: number,
  event: NewEvent,
): KnownMessage | null {
  const snowflake = namedSnowflake(event);
  if (snowflake !== null) {
    const known = state.findMessageBySnowflake(snowflake);
    return known === null || known.appSeq !== appSeq ? null : known;
  }
  const id = namedMessageId(event);
  const ref = id === null ? null : state.findInWindow(appSeq, WINDOW_KINDS.message, id);
  return ref === null ? null : state.loadMessage(ref);
}

/** The server's id by which the event names its message; null also for a number of more than 64 bits. */
export function namedSnowflake({ messageSnowflake }: NewEvent): bigint | null {
  return messageSnowflake !== undefined && isSnowflake(messageSnowflake) ? messageSnowflake : null;
}

/** The publisher's id by which the event names its message. */
export function namedMessageId(event: NewEvent): string | null {
  return event.messageSnowflake === undefined ? findMessageId(event) : null;
}

type Changed = {
  readonly appSeq: number;
  readonly eventSeq: number;
  readonly now: number;
  readonly known: KnownMessage | null;
  /** Used when the event creates or completes the message. */
  readonly listing: Listing;
};

/** Writes the changes that `decide` returned. `known`, `line` and `contact` are those that it was given. */
export function changeRegister(
  state: AcceptState,
  p: Changed & {
    readonly line: string | null;
    readonly contact: string | null;
    readonly change: RegisterChange;
  },
): void {
  const { appSeq, now, line, contact } = p;
  const { message, conversation } = p.change;
  if (message !== null) changeMessage(state, { ...p, message });
  if (p.change.contact !== null) state.setContact(appSeq, p.change.contact);
  if (p.change.line !== null) state.addLine(appSeq, p.change.line, now);
  if (conversation !== null && line !== null && contact !== null) {
    state.setConversation(appSeq, { line, contact, conversation, now });
  }
}

/**
 * A message lives as long as its own event, so it moves there from the report that it was first known from.
 * The attachments of the report move with it.
 */
function changeMessage(state: AcceptState, p: Changed & { readonly message: Message }): void {
  const { appSeq, eventSeq, now, known, message, listing } = p;
  if (known !== null && !isCompleted(known.message, message)) {
    state.changeMessage(known, message);
    return;
  }
  const row = { appSeq, eventSeq, message, listing };
  const ref = known === null ? state.addMessage(row) : state.moveMessage(known, row);
  state.addToWindow(appSeq, WINDOW_KINDS.message, message.id, ref);
  const drawKey = state.ids.attachmentKey;
  for (const row of attachmentRows({ eventSeq, message, now, drawKey })) {
    if (known === null || !hasAttachment(known.message, row)) state.addAttachment(appSeq, ref, row);
  }
}
