/** Compares the outcome of an attempt with the conclusions that its answer permits. */
import type { Outcome } from "../../../src/core/delivery/outcome.ts";
import type { Ending } from "./fuzz-case.ts";
import { broken, brokenByTime, PROMISES } from "./promises.ts";
import type { Broken } from "./promises.ts";
import type { Body, Conclusion } from "./strict-answer.ts";

const BODY_LIMIT_CHARS = 16_384;

/** An attempt that was cancelled meanwhile may also end with that, or with a part of its answer. */
export function judgeCancelled(
  outcome: Outcome,
  conclusion: Conclusion,
  ending: Ending,
): Broken | null {
  if (outcome.kind === "failed" && outcome.reason === "cancelled") return null;
  const wrong = judgeOutcome(outcome, conclusion, ending);
  return wrong?.isByTime === true && outcome.kind === "response" ? null : wrong;
}

/** Returns null when the outcome is right. */
export function judgeOutcome(
  outcome: Outcome,
  { outcome: wanted, endsBy }: Conclusion,
  ending: Ending,
): Broken | null {
  if (outcome.kind === "failed") {
    if (wanted.kind === "failed" && wanted.reason === outcome.reason) return null;
    // A reset discards bytes that the sender has not read.
    if (ending === "reset" && outcome.reason === "reset") return null;
    const about = `failed with ${outcome.reason} (${outcome.detail})`;
    if (outcome.reason === "timeout") {
      const isTimed = endsBy === "any" || endsBy === "time";
      return brokenByTime(isTimed ? PROMISES.taken : PROMISES.ends, about);
    }
    return broken(wanted.kind === "failed" ? PROMISES.reason : PROMISES.taken, about);
  }
  const { status, hasBrokenHead = false, headers, body, bodyTruncated } = outcome;
  if (wanted.kind === "failed")
    return broken(PROMISES.believed, `the status ${status} was believed`);
  if (status !== wanted.status)
    return broken(PROMISES.believed, `the status ${status} was believed`);
  if (hasBrokenHead === wanted.isStrict) {
    return broken(PROMISES.faultyHead, `the head is ${hasBrokenHead ? "" : "not "}called broken`);
  }
  if (headers.retryAfter !== (wanted.isStrict ? wanted.retryAfter : undefined)) {
    return broken(PROMISES.faultyHead, `retry-after is read as ${headers.retryAfter}`);
  }
  if (!wanted.isStrict && headers.location !== undefined)
    return broken(PROMISES.faultyHead, "a location is read");
  // A redirect's target is shown before the body.
  const shown = headers.location === undefined ? body : body.slice(-BODY_LIMIT_CHARS);
  if (shown.length > BODY_LIMIT_CHARS)
    return broken(PROMISES.body, `${body.length} characters are kept`);
  if (wanted.body === null) return null;
  const text = toText(wanted.body);
  const isRedirect = headers.location !== undefined && status >= 300 && status <= 399;
  const isEqual = isRedirect ? body.endsWith(text) : body === text;
  if (isEqual && bodyTruncated === !wanted.body.isWhole) return null;
  const isPrefix = bodyTruncated && (isRedirect || text.startsWith(body.replace(/\ufffd+$/, "")));
  if (isPrefix && ending === "reset") return null;
  const about = `${bodyTruncated ? "truncated" : "whole"} body ${JSON.stringify(body.slice(0, 200))}`;
  return isPrefix ? brokenByTime(PROMISES.ends, about) : broken(PROMISES.body, about);
}

function toText({ bytes, isWhole }: Body): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(bytes, { stream: !isWhole }).replaceAll("\0", "\ufffd");
}
