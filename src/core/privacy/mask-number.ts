/** Masks phone numbers for people who may not see them. The pages mask with the same rule. */

/** E.164 with its plus, also as `%2B` in a URL, or ten to fifteen digits on their own: a snowflake has more. */
export const NUMBER_TEXT =
  /\+\d{7,15}(?!\d)|(?<=%2[Bb])\d{7,15}(?!\d)|(?<![\w.+-])\d{10,15}(?![\w-])/g;

const SHOWN_BEFORE = 4;
const SHOWN_AFTER = 4;
const HIDDEN = "•••";
/** An e-mail address or a name, whose digits are a part of it. */
const NO_NUMBER = /[^\d\s+().-]/;

/**
 * `+12065550188` → `+1206•••0188`. A number of up to eight digits keeps only its last four, and one of up to
 * four digits stays: a short code is public. Other texts are hidden.
 */
export function maskPartly(number: string): string {
  const digits = number.replace(/\D/g, "");
  if (digits === "" || NO_NUMBER.test(number)) return HIDDEN;
  if (digits.length <= SHOWN_AFTER) return number;
  const last = digits.slice(-SHOWN_AFTER);
  if (digits.length <= SHOWN_BEFORE + SHOWN_AFTER) return HIDDEN + last;
  const plus = number.startsWith("+") ? "+" : "";
  return plus + digits.slice(0, SHOWN_BEFORE) + HIDDEN + last;
}

export function isMaskedNumber(number: string): boolean {
  return number.includes(HIDDEN);
}

/** Masks each number inside a text. */
export function maskNumbersIn(text: string): string {
  return text.replace(NUMBER_TEXT, maskPartly);
}
