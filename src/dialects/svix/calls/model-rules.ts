/** Rules for fields that several of Svix's models share. */
import { NOT_DOTS_ALONE, NOT_DOTS_MEANING } from "../../../core/ids/chosen-id.ts";
import { refuseField } from "../../../core/error.ts";
import { findTextProblem, type TextRules } from "../../check-text.ts";

const NAME_FORM = nameForm("");
const NAME_MEANING = `made of letters, digits, hyphens, underscores and dots, ${NOT_DOTS_MEANING}`;

export const NAME_RULES: TextRules = { min: 1, max: 256, form: NAME_FORM, meaning: NAME_MEANING };
export const CHANNEL_RULES: TextRules = { ...NAME_RULES, max: 128 };
export const TAG_RULES: TextRules = {
  min: 1,
  max: 128,
  form: new RegExp(`^${NOT_DOTS_ALONE}`),
  meaning: `a text, ${NOT_DOTS_MEANING}`,
};
export const TEXT_RULES: TextRules = { max: 4096 };

/** A uid must never look like an id, because a path may contain either. */
export function uidRules(prefix: string): TextRules {
  return {
    ...NAME_RULES,
    form: nameForm(`(?!${prefix})`),
    meaning: `${NAME_MEANING}, and must not start with ${prefix}`,
  };
}

/** A name with a further restriction, `start`, on its beginning. */
export function nameForm(start: string): RegExp {
  return new RegExp(`^${NOT_DOTS_ALONE}${start}[a-zA-Z0-9\\-_.]+$`);
}

/** An id that a call sets by its path, validated by the same rules as in a body. */
export function chosenInPath(name: string, value: string, rules: TextRules): string {
  const problem = findTextProblem(value, rules);
  if (problem !== undefined) throw refuseField("invalid_field", ["path", name], problem);
  return value;
}

/**
 * The uid of the object that a put creates under an unknown reference: the reference, so that the same put
 * finds the object later. `name` is the parameter of the path.
 */
export function newUid(
  uid: string | null,
  { name, ref, prefix }: { readonly name: string; readonly ref: string; readonly prefix: string },
): string {
  chosenInPath(name, ref, uidRules(prefix));
  if (uid !== null && uid !== ref) {
    throw refuseField(
      "invalid_field",
      ["uid"],
      `must be "${ref}", as in the path, when the object is created`,
    );
  }
  return ref;
}
