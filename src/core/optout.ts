/**
 * Opt-out keywords. A received text that is one of them changes the opt-out of its conversation.
 * `word` is the carriers' rule and the default: the whole text, trimmed, in any case, without
 * closing punctuation. `contains` takes a keyword standing as a word anywhere in the text.
 */
export type OptOut = "STOP" | "UNSTOP";

export type OptOutSettings = {
  readonly optOutMatch: "word" | "contains";
  readonly stopKeywords: readonly string[];
  readonly unstopKeywords: readonly string[];
};

/** The union of the vendors' default lists (dialects.md 1.10), without their other languages. */
export const DEFAULT_STOP_KEYWORDS = [
  "STOP",
  "STOPALL",
  "UNSUBSCRIBE",
  "CANCEL",
  "END",
  "QUIT",
  "REVOKE",
  "OPTOUT",
  "OPT-OUT",
] as const;

/** START and YES are everyday words, so they opt in only where an operator lists them. */
export const DEFAULT_UNSTOP_KEYWORDS = ["UNSTOP"] as const;

/** What the text asks for, or null. A keyword in both lists, or one of each in a text, is a STOP. */
export function optOutOf(text: string, settings: OptOutSettings): OptOut | null {
  const matches = settings.optOutMatch === "word" ? isKeyword : containsKeyword;
  if (matches(text, settings.stopKeywords)) return "STOP";
  if (matches(text, settings.unstopKeywords)) return "UNSTOP";
  return null;
}

/** Blanks around a keyword and punctuation behind it; nobody types more than this many. */
const MOST_AROUND_KEYWORD = 40;
const CLOSING = /[\s\p{P}]+$/u;
const NO_WORD = /[^\p{L}\p{N}]/u;

function isKeyword(text: string, keywords: readonly string[]): boolean {
  // Almost every text ends here: it is longer than any keyword could be.
  let longest = 0;
  for (const keyword of keywords) longest = Math.max(longest, keyword.length);
  if (text.length > longest + MOST_AROUND_KEYWORD) return false;
  const word = text.trimStart().replace(CLOSING, "").toUpperCase();
  return word !== "" && keywords.some((keyword) => keyword.toUpperCase() === word);
}

function containsKeyword(text: string, keywords: readonly string[]): boolean {
  const upper = text.toUpperCase();
  return keywords.some((keyword) => keyword !== "" && standsIn(upper, keyword.toUpperCase()));
}

/** Whether `word` is in `text` with no letter or digit next to it: "nonstop" contains no STOP. */
function standsIn(text: string, word: string): boolean {
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
