import { blankEvents } from "../../maintenance/content.ts";
import { runNow } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";

/** See `blankEvents`. */
export function blankEvent({ session }: Writer, p: { eventSeq: number; now: number }): void {
  runNow(blankEvents(session, { eventSeqs: [p.eventSeq], now: p.now }));
}
