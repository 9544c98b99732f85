/** Reads the one box of a search: which numbers, ids or words its text may be. */

export type SearchQuery = {
  readonly text: string;
  /** Between quotes: a part of payloads, and nothing else. */
  readonly words: string | null;
  /** In E.164, when the text may be a whole number. */
  readonly number: string | null;
  /** The last digits of a number. */
  readonly lastDigits: string | null;
  readonly snowflake: bigint | null;
  readonly handle: string | null;
  readonly ksuid: string | null;
  /** A part of a name or a host: too short a text would find everything. */
  readonly part: string | null;
};

const QUOTED = /^["“](.+)["”]$/su;
const WRITTEN_NUMBER = /^\+?[\d\s().-]+$/;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const KSUID = /^(?:[a-z]+_)?([0-9A-Za-z]{27})$/;
const LEAST_PART = 2;
const LEAST_DIGITS = 3;
const MOST_LAST_DIGITS = 10;
/** Those that a masked number shows. */
const MASKED_LAST_DIGITS = 4;
const [LEAST_NUMBER, MOST_NUMBER] = [8, 15];
const SNOWFLAKE_DIGITS = /^\d{16,19}$/;

/**
 * With `isMasked`, five to nine digits are no end of a number: a person who sees four of them would find the others
 * one by one. Ten have all that a masked number hides, and so have whole numbers.
 */
export function parseSearch(given: string, isMasked = false): SearchQuery {
  const text = given.trim();
  const words = QUOTED.exec(text)?.[1] ?? null;
  const digits = words === null && WRITTEN_NUMBER.test(text) ? text.replace(/\D/g, "") : "";
  const isNumber = digits.length >= LEAST_NUMBER && digits.length <= MOST_NUMBER;
  const hasEnding = digits.length >= LEAST_DIGITS && digits.length <= MOST_LAST_DIGITS;
  const isStep = digits.length > MASKED_LAST_DIGITS && digits.length < MOST_LAST_DIGITS;
  const isEnd = !text.startsWith("+") && hasEnding && !(isMasked && isStep);
  return {
    text,
    words,
    number: isNumber ? `+${digits}` : null,
    lastDigits: isEnd ? digits : null,
    snowflake: SNOWFLAKE_DIGITS.test(text) ? BigInt(text) : null,
    handle: UUID.test(text) ? text : null,
    ksuid: KSUID.exec(text)?.[1] ?? null,
    part: words === null && text.length >= LEAST_PART ? text : null,
  };
}
