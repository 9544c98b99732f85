/**
 * Opt-out keywords. A received text that is one of them changes the opt-out of its conversation. `word` is
 * the carriers' rule and the default: the whole text is a keyword, in any case and width. Quotes, brackets,
 * emoji and invisible characters around it are ignored, as is closing punctuation. `contains` accepts a
 * keyword as a word anywhere in the text.
 */
export type OptOut = "STOP" | "UNSTOP";

export type OptOutSettings = {
  readonly optOutMatch: "word" | "contains";
  readonly stopKeywords: readonly string[];
  readonly unstopKeywords: readonly string[];
};

/**
 * The default of `HOOKLINE_OPTOUT_STOP`: the words in the rules of US carriers, and OPT-OUT, which AWS also
 * recognises.
 */
export const DEFAULT_STOP_KEYWORDS = [
  "STOP",
  "STOPALL",
  "UNSUBSCRIBE",
  "CANCEL",
  "END",
  "QUIT",
  "REVOKE",
  "OPTOUT",
  "OPT OUT",
  "OPT-OUT",
] as const;

/** START and YES are everyday words, so they opt in only where an operator lists them. */
export const DEFAULT_UNSTOP_KEYWORDS = ["UNSTOP"] as const;

/** Returns the request in the text, or null. A keyword of both lists, or one of each, is a STOP. */
export function findOptOut(text: string, settings: OptOutSettings): OptOut | null {
  const matches = settings.optOutMatch === "word" ? isKeyword : containsKeyword;
  if (matches(text, settings.stopKeywords)) return "STOP";
  if (matches(text, settings.unstopKeywords)) return "UNSTOP";
  return null;
}

/** Number of characters by which a text may be longer than its keyword. */
const EXTRA_CHARACTERS_LIMIT = 40;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\p{Cf}/gu;
/** Blanks, quotes, brackets, and symbols; emoji and their components are symbols and marks. */
const OPENING = /^[\s\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{S}\p{M}"'`]+/u;
/** The same characters, and any punctuation. */
const CLOSING = /[\s\p{P}\p{S}\p{M}]+$/u;
const NO_WORD = /[^\p{L}\p{N}]/u;

function isKeyword(text: string, keywords: readonly string[]): boolean {
  // Almost every text is longer than any keyword and ends here.
  let longest = 0;
  for (const keyword of keywords) longest = Math.max(longest, keyword.length);
  if (text.length > longest + EXTRA_CHARACTERS_LIMIT) return false;
  const plain = plainText(text);
  const word = plain.replace(OPENING, "").replace(CLOSING, "");
  if (plain === "") return false;
  return keywords.some((keyword) => {
    const wanted = plainText(keyword);
    return wanted !== "" && (wanted === word || wanted === plain);
  });
}

function containsKeyword(text: string, keywords: readonly string[]): boolean {
  const plain = plainText(text);
  return keywords.some((keyword) => keyword !== "" && includesWord(plain, plainText(keyword)));
}

/**
 * Returns the text in upper case and ordinary width, with plain hyphens and single blanks, without invisible
 * characters.
 */
function plainText(text: string): string {
  return text
    .normalize("NFKC")
    .replace(INVISIBLE, "")
    .replace(/\p{Pd}/gu, "-")
    .replace(/\s+/gu, " ")
    .trim()
    .toUpperCase();
}

/** Returns whether `word` is in `text` without an adjacent letter or digit: "nonstop" contains no STOP. */
function includesWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1];
    const after = text[at + word.length];
    if (
      (before === undefined || NO_WORD.test(before)) &&
      (after === undefined || NO_WORD.test(after))
    ) {
      return true;
    }
  }
  return false;
}
