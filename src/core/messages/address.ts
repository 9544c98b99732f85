/**
 * Addresses: phone numbers in E.164, short codes, alphanumeric sender ids, e-mail addresses, and WhatsApp user
 * ids. Lines are numbers or short codes. The JSON Schemas of the catalogue use the same patterns,
 * so that both always agree.
 */
export type AddressKind = "e164" | "short_code" | "sender_id" | "email" | "user_id";

/** `problem` completes "it …": the fault of the text and the correct form. */
export type AddressResult =
  | { readonly kind: AddressKind; readonly text: string }
  | { readonly kind: "problem"; readonly problem: string };

/** At most 15 digits with the country code (ITU-T E.164); the shortest numbers in use have 7. */
const E164 = "\\+[1-9]\\d{6,14}";
const SHORT_CODE = "\\d{3,8}";
/** At most 11 characters, at least one of them a letter, without a blank at either end. */
const SENDER_ID = "(?=[^@]*\\p{L})(?! )(?!.* $)[\\p{L}\\d &_.+!'-]{1,11}";
/** Deliberately wide: one @ followed by a dot, no invisible characters, at most 254 characters. */
const EMAIL =
  "(?=.{3,254}$)[^\\s@\\p{Cc}\\p{Cs}]{1,64}@[^\\s@.\\p{Cc}\\p{Cs}]+(?:\\.[^\\s@.\\p{Cc}\\p{Cs}]+)+";

/** A person of WhatsApp without a number: country, `ENT` for linked portfolios, and an id (Meta's documentation). */
const USER_ID = "[A-Z]{2}\\.(?:ENT\\.)?[A-Za-z0-9]{9,128}";

/** For JSON Schema and `new RegExp(…, "u")`. */
export const ADDRESS_PATTERN = `^(?:${E164}|${SHORT_CODE}|${SENDER_ID}|${EMAIL}|${USER_ID})$`;
export const USER_ID_PATTERN = `^${USER_ID}$`;
export const LINE_PATTERN = `^(?:${E164}|${SHORT_CODE})$`;

export const ADDRESS_FORMS =
  "a number in E.164 such as +12065550188; a short code of 3 to 8 digits; " +
  "a sender id of at most 11 characters with a letter in it; an e-mail address; " +
  "or a WhatsApp user id such as US.13491208655302741918";
export const USER_ID_FORMS = "a WhatsApp user id such as US.13491208655302741918";
export const LINE_FORMS =
  "a number in E.164 such as +12065550188, or a short code of 3 to 8 digits";

const E164_FORM = new RegExp(`^${E164}$`);
const SHORT_CODE_FORM = new RegExp(`^${SHORT_CODE}$`);
const SENDER_ID_FORM = new RegExp(`^${SENDER_ID}$`, "u");
const EMAIL_FORM = new RegExp(`^${EMAIL}$`, "u");
const USER_ID_FORM = new RegExp(USER_ID_PATTERN, "u");
const PUNCTUATED_NUMBER_FORM = /^\+?[\d\s().-]+$/;

/** Parses the text exactly as given: nothing is trimmed or repaired. */
export function parseAddress(text: string): AddressResult {
  if (E164_FORM.test(text)) return { kind: "e164", text };
  if (SHORT_CODE_FORM.test(text)) return { kind: "short_code", text };
  if (SENDER_ID_FORM.test(text)) return { kind: "sender_id", text };
  if (EMAIL_FORM.test(text)) return { kind: "email", text };
  if (isUserId(text)) return { kind: "user_id", text };
  return { kind: "problem", problem: `must be ${ADDRESS_FORMS}${numberHint(text)}` };
}

/** Returns whether a text-enabled line can have this address. */
export function isLineNumber(text: string): boolean {
  return E164_FORM.test(text) || SHORT_CODE_FORM.test(text);
}

/** Returns whether the text is a WhatsApp user id. Only contacts have one. */
export function isUserId(text: string): boolean {
  return text[2] === "." && USER_ID_FORM.test(text);
}

/**
 * Returns an address as logs may show it (I10): the last four digits of a long number, the last two of a
 * short one. An e-mail address keeps its first letter and its domain.
 */
export function maskAddress(text: string): string {
  const at = text.lastIndexOf("@");
  if (at > 0) return `${text[0]}…${text.slice(at)}`;
  return `…${text.slice(text.length > 8 ? -4 : -2)}`;
}

/** Returns "; did you mean …?" for a number that only lacks its form, else an empty text. */
export function numberHint(text: string): string {
  if (text.length > 40 || !PUNCTUATED_NUMBER_FORM.test(text)) return "";
  const digits = text.replace(/\D/g, "");
  if (text.startsWith("+")) {
    return E164_FORM.test(`+${digits}`) ? `; did you mean +${digits}?` : "";
  }
  // Ten digits are most likely a number of the North American plan; any other length would be a guess.
  if (digits.length === 10 && digits[0] !== "0" && digits[0] !== "1") {
    return `; its country code is missing: did you mean +1${digits}?`;
  }
  return E164_FORM.test(`+${digits}`) && digits.length > 10 ? `; did you mean +${digits}?` : "";
}
