/** The ids of an event in the dedupe windows: those that rules look up, and those that are added. */
import { findMessageId } from "../../core/decide.ts";
import type { NewEvent } from "../../core/decide-types.ts";
import type { AcceptState } from "./accept-state.ts";
import { WINDOW_KINDS, type WindowKind } from "./dedupe-window-kinds.ts";

export type WindowLookup = {
  readonly appSeq: number;
  readonly kind: WindowKind;
  readonly id: string;
};

/**
 * A received text may be a keyword whose opt-out was published; a published opt-out may have been derived.
 */
const OPT_OUT_KINDS: Readonly<Record<string, WindowKind>> = {
  "message.received": WINDOW_KINDS.explicitOptOut,
  "optout.changed": WINDOW_KINDS.derivedOptOut,
};

export function isInWindow(
  state: AcceptState,
  appSeq: number,
  kind: WindowKind,
  id: string,
): boolean {
  return state.findInWindow(appSeq, kind, id) !== null;
}

/** Every id that the rules of accepting may look up. */
export function toLookups(appSeq: number, events: readonly NewEvent[]): readonly WindowLookup[] {
  const lookups: WindowLookup[] = [];
  for (const event of events) {
    if (event.eventId !== null) {
      lookups.push({ appSeq, kind: WINDOW_KINDS.event, id: event.eventId });
    }
    const id = findMessageId(event);
    if (id === null) continue;
    lookups.push({ appSeq, kind: WINDOW_KINDS.message, id });
    const optOut = OPT_OUT_KINDS[event.type];
    if (optOut !== undefined) lookups.push({ appSeq, kind: optOut, id });
  }
  return lookups;
}

/** Adds the ids under which the event is found again. */
export function addToWindows(
  state: AcceptState,
  appSeq: number,
  event: NewEvent,
  eventSeq: number,
): void {
  if (event.eventId !== null) {
    state.addToWindow(appSeq, WINDOW_KINDS.event, event.eventId, eventSeq);
  }
  const messageId = event.canonical?.messageId;
  if (event.type !== "optout.changed" || messageId === undefined) return;
  if (event.onlyEndpointId !== null) return;
  const kind =
    event.derivedFrom === null ? WINDOW_KINDS.explicitOptOut : WINDOW_KINDS.derivedOptOut;
  state.addToWindow(appSeq, kind, messageId, eventSeq);
}
