/**
 * The headers that an app may add to its deliveries. Refused are those that change how the message is framed
 * or routed, that imitate Hookline's signature, or that could start a second header.
 */
const CUSTOM_HEADER_LIMIT = 64;
const NAME_LIMIT_BYTES = 256;
const VALUE_LIMIT_BYTES = 4096;

/** Framing and hop-by-hop headers, and those that the delivery sets. */
const REFUSED_NAMES = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Prefixes that a proxy, a signature or the delivery sets, and those that imitate them. */
const REFUSED_PREFIXES = ["proxy-", "webhook-", "svix-", "x-svix-", "x-amzn-", "hookline-", "sb-"];

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PRINTABLE = /^[\t\x20-\x7e]*$/;

/** Returns the problem with one header, to be shown to the app, or undefined. Never repeats the value. */
export function checkCustomHeader(name: string, value: string): string | undefined {
  if (!TOKEN.test(name) || name.length > NAME_LIMIT_BYTES) {
    return `"${name.slice(0, 64)}" is not a header name: use letters, digits and hyphens, at most ${NAME_LIMIT_BYTES} characters`;
  }
  const lowerName = name.toLowerCase();
  const prefix = REFUSED_PREFIXES.find((start) => lowerName.startsWith(start));
  if (prefix !== undefined) return `"${name}" cannot be set: ${prefix}* headers are reserved`;
  if (REFUSED_NAMES.has(lowerName))
    return `"${name}" cannot be set: the server sets it on each delivery`;
  return checkHeaderValue(name, value);
}

/** Checks a value like `checkCustomHeader`, for a header whose name the server chooses. */
export function checkHeaderValue(name: string, value: string): string | undefined {
  if (value.length > VALUE_LIMIT_BYTES) {
    return `the value of "${name}" must have at most ${VALUE_LIMIT_BYTES} characters`;
  }
  if (!PRINTABLE.test(value)) {
    return `the value of "${name}" must be printable ASCII, on one line`;
  }
  if (value !== value.trim())
    return `the value of "${name}" must not start or end with a space or tab`;
  return undefined;
}

/**
 * Returns the first problem with a set of headers: an invalid header, too many, or one name in two spellings.
 */
export function checkCustomHeaders(headers: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > CUSTOM_HEADER_LIMIT) {
    return `at most ${CUSTOM_HEADER_LIMIT} headers can be set, not ${entries.length}`;
  }
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const problem = checkCustomHeader(name, value);
    if (problem !== undefined) return problem;
    if (seen.has(name.toLowerCase())) return `"${name}" is set twice`;
    seen.add(name.toLowerCase());
  }
  return undefined;
}
