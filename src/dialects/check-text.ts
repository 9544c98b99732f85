/** Rules for a text, or a list of texts, in a request. */

export type TextRules = {
  readonly min?: number;
  /** Length in UTF-16 units, as JSON counts them. */
  readonly max?: number;
  readonly form?: RegExp;
  /** Completes "must be …" when the form does not match. */
  readonly meaning?: string;
};

export type ListRules = { readonly min: number; readonly max: number; readonly item: TextRules };

/** The problem with the text, as a predicate such as "must not be empty". Undefined when there is none. */
export function findTextProblem(text: string, rules: TextRules): string | undefined {
  const { min = 0, max = Number.MAX_SAFE_INTEGER, form, meaning } = rules;
  if (text.length < min)
    return min === 1 ? "must not be empty" : `must have at least ${min} characters`;
  if (text.length > max) return `must have at most ${max} characters; it has ${text.length}`;
  const unkept = findCharacterProblem(text);
  if (unkept !== undefined) return unkept;
  if (form !== undefined && !form.test(text))
    return `must be ${meaning ?? `of the form ${form.source}`}`;
  return undefined;
}

/**
 * PostgreSQL cannot store NUL in text, and UTF-8 has no form for half a surrogate pair. Either would be
 * altered.
 */
export function findCharacterProblem(text: string): string | undefined {
  if (text.includes("\0")) return "must not contain the character U+0000";
  if (!text.isWellFormed()) return "must not contain half of a surrogate pair";
  return undefined;
}
