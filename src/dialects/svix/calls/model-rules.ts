/** Rules for fields that several of Svix's models share. */
import { SIGNATURE_HEADERS } from "../../../core/crypto/signature-headers.ts";
import type { SignatureHeaders } from "../../../core/crypto/signature-headers.ts";
import { NOT_DOTS_ALONE, NOT_DOTS_MEANING } from "../../../core/ids/chosen-id.ts";
import { refuseField } from "../../../core/error.ts";
import { findTextProblem, type TextRules } from "../../check-text.ts";
import type { FieldReader } from "../../read-fields.ts";

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
export const RATE = { min: 1, max: 65_535 } as const;

/** Reserved prefix of metadata names, such as the mark of an endpoint's dialect. */
const OWN_METADATA = /^(?!hookline\.)/;
export const METADATA_BYTES = 4096;
export const METADATA_RULES = {
  max: 100,
  name: {
    min: 1,
    max: 256,
    form: OWN_METADATA,
    meaning: "a name that does not start with hookline.",
  },
  value: TEXT_RULES,
} as const;

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

export function uidField(fields: FieldReader, prefix: string): string | null | undefined {
  return fields.text("uid", uidRules(prefix));
}

export function metadataField(fields: FieldReader): Readonly<Record<string, string>> | undefined {
  const metadata = fields.textMap("metadata", METADATA_RULES);
  if (metadata && Buffer.byteLength(JSON.stringify(metadata)) > METADATA_BYTES) {
    fields.refuse("metadata", `must be at most ${METADATA_BYTES} bytes long as JSON`);
  }
  return metadata ?? undefined;
}

/**
 * Reads one field under the two names that Svix's versions have for it. Both may be given when they agree;
 * the order of a list does not matter.
 */
export function eitherName<T>(
  fields: FieldReader,
  names: readonly [string, string],
  read: (name: string) => T | null | undefined,
): T | null | undefined {
  const [one, other] = [read(names[0]), read(names[1])];
  if (one === undefined) return other;
  if (other !== undefined && comparable(one) !== comparable(other)) {
    fields.refuse(
      names[0],
      `${names[0]} and ${names[1]} are two names of one field, but their values differ: give one of them`,
    );
  }
  return one;
}

export function rateField(fields: FieldReader): number | null | undefined {
  return eitherName(fields, ["throttleRate", "rateLimit"], (name) => fields.integer(name, RATE));
}

/** Names of the signature headers. Null inherits the choice of the application or the server. */
export function signatureHeadersField(fields: FieldReader): SignatureHeaders | null | undefined {
  const given = fields.text("signatureHeaders");
  if (given === undefined || given === null) return given;
  const known = SIGNATURE_HEADERS.find((choice) => choice === given);
  if (known === undefined) {
    fields.refuse("signatureHeaders", `must be one of ${SIGNATURE_HEADERS.join(", ")}, or null`);
  }
  return known;
}

function comparable(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.map(String).toSorted() : value);
}
