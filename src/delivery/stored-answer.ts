/**
 * How much of a receiver's answer the store keeps. A receiver chooses its answers, and each attempt
 * stores one, so this bound decides how far small events can fill the disk (I5). A failure keeps
 * more than a success: an error page names its cause in its first lines.
 */
import { isAccepted } from "../core/outcome.ts";
import type { Outcome } from "../core/outcome.ts";

/** In bytes of UTF-8. */
export type AnswerKeep = {
  readonly answerKeepSuccessBytes: number;
  readonly answerKeepFailureBytes: number;
};

/** Node encodes at most three bytes for each UTF-16 code unit. */
const MOST_BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

/** The beginning of the answer, or of the sentence that says why there is none. */
export function storedAnswer(outcome: Outcome, keep: AnswerKeep): string {
  const text = outcome.kind === "response" ? outcome.body : outcome.detail;
  return beginning(
    text,
    isAccepted(outcome) ? keep.answerKeepSuccessBytes : keep.answerKeepFailureBytes,
  );
}

/** At most so many bytes of UTF-8, and only whole characters. */
function beginning(text: string, limitBytes: number): string {
  if (text.length * MOST_BYTES_PER_UNIT <= limitBytes) return text;
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(limitBytes)).read);
}
