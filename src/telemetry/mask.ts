/**
 * Removes from log values everything that must never appear in a log (I10). Secrets, session keys, message
 * texts and payloads are removed entirely; phone numbers keep their last four digits. A value is judged by
 * its name, and any other text by its form: a number inside a sentence or an error message is masked too.
 */
import { NUMBER_TEXT } from "../core/privacy/mask-number.ts";

const GONE = "[hidden]";
const DEPTH_LIMIT = 6;
const ITEMS_LIMIT = 50;
const TEXT_LIMIT = 8192;

/** Names are compared in lower case without `-` and `_`: `sb-signing-secret`, `keySecret`, `api_key`. */
const SECRET_NAME =
  /secret|password|passphrase|authorization|cookie|credential|signature|apikey|accesskey|privatekey|adminkey|encrypted|session|token/;
const CONTENT_NAMES = new Set([
  "text",
  "payload",
  "payloadtext",
  "body",
  "content",
  "query",
  "firstname",
  "lastname",
  "companyname",
]);
const NUMBER_NAMES = new Set([
  "number",
  "phonenumber",
  "phone",
  "mobilenumber",
  "from",
  "to",
  "contact",
  "line",
  "participants",
]);

const SECRET_TEXT =
  /\b(?:whsec_|whsk_|sk_(?:live|test)_|(?:Bearer|Basic) +)[\w+/=.-]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d+\b/gi;
const SECRET_PARAMETER =
  /([?&;](?:session|password|username|token|secret|key|body|contents)=)[^&;\s"']*/gi;
const DIGITS_IN_NUMBER = /\d(?=(?:\D*\d){4})/g;

/** Returns a masked copy. `except` names members that another serializer handles. */
export function maskFields(
  fields: Readonly<Record<string, unknown>>,
  except: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const masked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    masked[name] = except.has(name) ? value : maskNamed(name, value, DEPTH_LIMIT);
  }
  return masked;
}

/** Masks text that has no sensitive name: the sentence of a log line, an error's message or stack. */
export function maskText(text: string): string {
  const short = text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text;
  return short
    .replace(SECRET_TEXT, GONE)
    .replace(SECRET_PARAMETER, `$1${GONE}`)
    .replace(NUMBER_TEXT, maskNumber);
}

/** `+14155550123` → `+*******0123`. A number of up to four digits stays: a short code is public. */
export function maskNumber(number: string): string {
  return number.replace(DIGITS_IN_NUMBER, "*");
}

function maskObject(fields: object, levels: number): Record<string, unknown> {
  const masked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) masked[name] = maskNamed(name, value, levels);
  return masked;
}

function maskNamed(name: string, value: unknown, levels: number): unknown {
  if (value === null || value === undefined || typeof value === "boolean") return value;
  const plain = name.toLowerCase().replace(/[-_]/g, "");
  if (SECRET_NAME.test(plain) || CONTENT_NAMES.has(plain)) return GONE;
  if (NUMBER_NAMES.has(plain)) {
    if (typeof value === "string") return maskNumber(value);
    if (typeof value === "number" || typeof value === "bigint") return maskNumber(`${value}`);
  }
  return maskValue(value, levels);
}

function maskValue(value: unknown, levels: number): unknown {
  if (typeof value === "string") return maskText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return "[deep]";
  if (value instanceof Error) return maskError(value, levels);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) {
    return value.slice(0, ITEMS_LIMIT).map((item) => maskValue(item, levels - 1));
  }
  const { constructor } = value;
  if (constructor !== Object && constructor !== undefined) return maskInstance(value);
  return maskObject(value, levels - 1);
}

/** The fields of a class instance cannot be judged by their names, so only the class name is logged. */
function maskInstance(value: object): unknown {
  if (value instanceof Date) return value.toISOString();
  return `[${value.constructor.name}]`;
}

function maskError(error: Error, levels: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: maskText(error.message),
    ...(typeof code === "string" ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: maskText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: maskValue(error.cause, levels - 1) }),
  };
}
