/**
 * The headers of an answer as they are kept and shown. A receiver chooses them, so they are bounded, and bytes
 * that are not printable ASCII are written as `\xNN`. Headers with credentials are left out: by their names, by
 * their form, and because they repeat a value that the request carried.
 */
import type { ShownHeader } from "../../core/delivery/attempt-detail.ts";
import { isSensitiveHeader } from "../../core/delivery/sensitive-headers.ts";

/** Limit of all names and values, in the form in which they are stored. */
export const SHOWN_HEADERS_LIMIT_BYTES = 4096;
const VALUE_LIMIT = 512;
const NAME_LIMIT = 128;
/** Shorter values of a request are no secrets, and would also be found in harmless headers. */
const SECRET_LEAST_CHARS = 8;
/** `["name","value"],` without the two texts. */
const FRAME_BYTES = 8;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NAMED_CREDENTIAL =
  /auth|cookie|token|secret|passw|credential|session|api-?key|access-?key|private-?key|jwt|csrf|xsrf|signature|bearer/;
const CREDENTIAL_VALUE = new RegExp(
  [
    "^(?:basic|bearer|digest|negotiate|ntlm)\\s",
    // The beginning of a JSON Web Token. Bounded repeats keep the search linear in a hostile value.
    "\\beyJ[\\w-]{12}",
    "(?:^|\\W)(?:whsec|whsk|appsk|applink|sk|rk|gh[opsu])[_-][\\w-]{8}",
  ].join("|"),
  "i",
);
/** The headers whose value is a URL, or ends in one. */
const WITH_URL = new Set(["content-location", "link", "location", "refresh"]);
/** Headers of a request that are no secrets. */
const PUBLIC_OF_REQUEST = /^(?:content-type|user-agent|(?:webhook|svix)-(?:id|timestamp))$/i;

export type ShownHeaders = {
  readonly headers: readonly ShownHeader[];
  readonly isCut: boolean;
};

/**
 * `head` is the bytes of the head as latin1, status line first. `sent` has the names and values of the
 * request's headers alternately.
 */
export function toShownHeaders(head: string, sent: readonly string[]): ShownHeaders {
  const headers: ShownHeader[] = [];
  const secrets = toSecrets(sent);
  let left = SHOWN_HEADERS_LIMIT_BYTES;
  let isCut = false;
  for (const [name, raw] of readHeaders(head)) {
    if (isCredential(name, raw, secrets)) continue;
    const whole = toInert(withoutSecretsOfUrl(name, raw.slice(0, VALUE_LIMIT)));
    const value = whole.slice(0, VALUE_LIMIT);
    if (raw.length > VALUE_LIMIT || whole.length > VALUE_LIMIT) isCut = true;
    const bytes = JSON.stringify(name + value).length + FRAME_BYTES;
    if (bytes > left) return { headers, isCut: true };
    left -= bytes;
    headers.push([name, value]);
  }
  return { headers, isCut };
}

/** Names in lower case; lines that are no header are left out. */
function* readHeaders(head: string): Generator<[name: string, value: string]> {
  let last: [name: string, value: string] | null = null;
  let start = head.indexOf("\n") + 1;
  while (start > 0 && start < head.length) {
    const end = head.indexOf("\n", start);
    const line = head.slice(start, end < 0 ? head.length : end).replace(/\r$/, "");
    start = end + 1;
    if (line === "") break;
    if (last !== null && /^[\t ]/.test(line)) {
      last[1] += ` ${line.trim()}`;
      continue;
    }
    if (last !== null) yield last;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trimEnd().toLowerCase();
    const isHeader = name.length <= NAME_LIMIT && TOKEN.test(name);
    last = isHeader ? [name, line.slice(colon + 1).trim()] : null;
  }
  if (last !== null) yield last;
}

/** The words of the values, because a receiver may repeat credentials without their scheme. */
function toSecrets(sent: readonly string[]): readonly string[] {
  return sent.flatMap((value, i) => {
    const isValue = i % 2 === 1 && !PUBLIC_OF_REQUEST.test(sent[i - 1] as string);
    return isValue ? value.split(" ").filter((word) => word.length >= SECRET_LEAST_CHARS) : [];
  });
}

function isCredential(name: string, value: string, secrets: readonly string[]): boolean {
  if (isSensitiveHeader(name) || NAMED_CREDENTIAL.test(name)) return true;
  return CREDENTIAL_VALUE.test(value) || secrets.some((secret) => value.includes(secret));
}

/** A user name and a query in a URL may be secrets. */
function withoutSecretsOfUrl(name: string, value: string): string {
  if (!WITH_URL.has(name) && !value.includes("://")) return value;
  return value.replaceAll(/\/\/[^/\s@]*@/g, "//...@").replaceAll(/[?#][^\s;,>"']*/g, "?...");
}

function toInert(value: string): string {
  return value.replaceAll(
    /[^\x20-\x7e]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
