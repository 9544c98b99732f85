/** The registers of an app: messages, contacts, lines, and the conversations of a line and a contact. */
import { findMessageId } from "../../core/decide.ts";
import type { NewEvent, RegisterChange } from "../../core/decide-types.ts";
import type { AcceptState, KnownMessage } from "./accept-state.ts";
import { attachmentRows } from "./attachment-rows.ts";
import { WINDOW_KINDS } from "./dedupe-window-kinds.ts";

/** The message that the event names: by the server's id, or by the publisher's within the dedupe window. */
export function findNamedMessage(
  state: AcceptState,
  appSeq: number,
  event: NewEvent,
): KnownMessage | null {
  if (event.messageSnowflake !== undefined) {
    return state.findMessageBySnowflake(appSeq, event.messageSnowflake);
  }
  const id = findMessageId(event);
  return id === null ? null : state.findMessage(appSeq, id);
}

/** Writes the changes that `decide` returned. `known`, `line` and `contact` are those that it was given. */
export function changeRegister(
  state: AcceptState,
  p: {
    readonly appSeq: number;
    readonly eventSeq: number;
    readonly now: number;
    readonly known: KnownMessage | null;
    readonly line: string | null;
    readonly contact: string | null;
    readonly change: RegisterChange;
  },
): void {
  const { appSeq, eventSeq, now, known, line, contact } = p;
  const { message, conversation } = p.change;
  if (message !== null && known !== null) state.changeMessage(known, message);
  if (message !== null && known === null) {
    const ref = state.addMessage(appSeq, eventSeq, message);
    state.addToWindow(appSeq, WINDOW_KINDS.message, message.id, ref);
    const drawKey = state.ids.attachmentKey;
    for (const row of attachmentRows({ eventSeq, message, now, drawKey })) {
      state.addAttachment(appSeq, ref, row);
    }
  }
  if (p.change.contact !== null) state.setContact(appSeq, p.change.contact);
  if (p.change.line !== null) state.addLine(appSeq, p.change.line, now);
  if (conversation !== null && line !== null && contact !== null) {
    state.setConversation(appSeq, { line, contact, conversation, now });
  }
}
