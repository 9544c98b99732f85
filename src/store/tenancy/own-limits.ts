/** An application's own limits: JSON in its row, by the names of the limits. */
import { APP_LIMITS, NO_OWN_LIMITS, type OwnLimits } from "../../core/limits.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Session, Steps } from "../session.ts";

/** Numbers of limits that this version does not know have no effect. */
export function toOwnLimits(text: string | null): OwnLimits {
  if (text === null) return NO_OWN_LIMITS;
  const stored = new Map(Object.entries(JSON.parse(text) as Record<string, number>));
  const found = APP_LIMITS.map((key) => [key, stored.get(LIMITS[key].name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** Returns null for an application without its own numbers. */
export function toOwnLimitsText(own: OwnLimits): string | null {
  const given = APP_LIMITS.filter((key) => own[key] !== undefined);
  if (given.length === 0) return null;
  return JSON.stringify(Object.fromEntries(given.map((key) => [LIMITS[key].name, own[key]])));
}

export function* loadOwnLimits(s: Session, appSeq: number): Steps<OwnLimits> {
  const row = yield* s.one<{ ownLimits: string | null }>(
    "SELECT own_limits FROM app WHERE seq = ?1",
    [appSeq],
  );
  return toOwnLimits(row?.ownLimits ?? null);
}
