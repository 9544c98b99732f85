/** A failed delivery of either face, and its verdict. */
import type { Verdict, VerdictKind } from "../../../src/core/verdict.ts";
import type { Row } from "../../api/reads.ts";
import { failedWords } from "../../words/failed.ts";

type OfApp = Row<"GET /api/v1/app/{app}/delivery">;
/** The app is there on pages about all apps. */
export type Failed = OfApp & Partial<Pick<Row<"GET /api/v1/delivery">, "app">>;

const KINDS: Readonly<Record<Failed["reason"], VerdictKind>> = {
  exhausted: "failed_exhausted",
  final: "failed_final",
  backlog_full: "backlog_full",
  expired: "expired",
  content_expunged: "expunged",
  content_damaged: "damaged",
};
const GONE: readonly Failed["reason"][] = ["expired", "content_expunged", "content_damaged"];

export function toFailedKey({ msgId, endpointId, part }: Failed): string {
  return `${msgId}.${endpointId}.${part}`;
}

/** Without its time, which stands beside it. */
export function toVerdict({ reason, lastStatusCode }: Failed): Verdict<string> {
  return {
    kind: KINDS[reason],
    ...(lastStatusCode === null ? {} : { statusCode: lastStatusCode }),
  };
}

/** `503`, or the reason for having no answer. */
export function toAnswer({ lastStatusCode: code, lastReason }: Failed): string {
  if (code === null) return failedWords.noAttempt;
  if (code > 0) return String(code);
  const known: ReadonlyMap<string, string> = new Map(Object.entries(failedWords.reasons));
  return (known.get(lastReason ?? "") ?? failedWords.classes["0"]).toLowerCase();
}

export function canSendAgain({ reason, endpointState }: Failed): boolean {
  return endpointState !== "deleted" && !GONE.includes(reason);
}
