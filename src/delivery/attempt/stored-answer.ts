/**
 * How much of a receiver's answer the store keeps. Receivers choose their answers and each attempt stores
 * one, so this bound limits how far small events can fill the disk (I5). A failure keeps more than a success,
 * since an error page names its cause in its first lines.
 */
import { isAccepted } from "../../core/delivery/outcome.ts";
import type { Outcome } from "../../core/delivery/outcome.ts";

/** Limits in bytes of UTF-8. */
export type AnswerKeep = {
  readonly answerKeepSuccessBytes: number;
  readonly answerKeepFailureBytes: number;
};

/** Node encodes at most three bytes for each UTF-16 code unit. */
const MOST_BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

/** Returns the beginning of the answer, or of the sentence that explains its absence. */
export function storedAnswer(outcome: Outcome, keep: AnswerKeep): string {
  const text = outcome.kind === "response" ? outcome.body : outcome.detail;
  return beginning(
    text,
    isAccepted(outcome) ? keep.answerKeepSuccessBytes : keep.answerKeepFailureBytes,
  );
}

/** Returns at most this many bytes of UTF-8, cut between characters. */
function beginning(text: string, limitBytes: number): string {
  if (text.length * MOST_BYTES_PER_UNIT <= limitBytes) return text;
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(limitBytes)).read);
}
