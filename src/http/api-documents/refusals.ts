/** The refusals that a call can have, by the status with which its dialect answers them. */
import { ERROR_CODES } from "../../core/error.ts";
import type { ErrorCode } from "../../core/error.ts";
import type { ApiCall } from "../../dialects/api-document.ts";
import type { Dialect } from "../../dialects/dialect.ts";

export type RefusalsOfStatus = { readonly status: number; readonly codes: readonly ErrorCode[] };

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/** Refusals of any call: the path may be misspelt, the server busy or faulty. */
const ANY: readonly ErrorCode[] = [
  "route_not_found",
  "method_not_allowed",
  "overloaded",
  "store_unavailable",
  "internal",
];
const OF_CALLERS: readonly ErrorCode[] = ["unauthenticated", "forbidden"];
const OF_BODIES: readonly ErrorCode[] = [
  "invalid_json",
  "invalid_encoding",
  "unsupported_media_type",
  "body_too_large",
];

/** Returns refusals in the order of the statuses; within a status, in the order of the table of codes. */
export function toRefusals(call: ApiCall, errors: Dialect["errors"]): RefusalsOfStatus[] {
  const isOpen = call.security.length === 0;
  const hasBody = call.body !== undefined || call.fields !== undefined;
  const codes = CODES.filter((code) => {
    if (ANY.includes(code)) return true;
    // An open call may be the login, and then lists these codes.
    if (OF_CALLERS.includes(code) && isOpen) return call.refusals?.includes(code) ?? false;
    if (OF_BODIES.includes(code) && !hasBody) return false;
    if (OF_CALLERS.includes(code) || OF_BODIES.includes(code)) return true;
    return call.refusals?.includes(code) ?? true;
  });
  const statuses = [...new Set(codes.map((code) => errors[code].status))].sort((a, b) => a - b);
  return statuses.map((status) => ({
    status,
    codes: codes.filter((code) => errors[code].status === status),
  }));
}

/** Returns one line for each word that the dialect uses for the codes. */
export function describeRefusals(codes: readonly ErrorCode[], errors: Dialect["errors"]): string {
  const meanings = new Map<string, string[]>();
  for (const code of codes) {
    const { word } = errors[code];
    meanings.set(word, [...(meanings.get(word) ?? []), ERROR_CODES[code].meaning]);
  }
  return [...meanings].map(([word, list]) => `- \`${word}\`: ${list.join("; ")}`).join("\n");
}
