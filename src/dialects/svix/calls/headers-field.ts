/** A map of header names to values in a body. `operations` decides which names are allowed. */
import type { FieldReader } from "../../read-fields.ts";

export const HEADER_RULES = { max: 64, name: { min: 1, max: 256 }, value: { max: 4096 } } as const;

export function headersField(fields: FieldReader): Readonly<Record<string, string>> | undefined {
  return fields.textMap("headers", HEADER_RULES) ?? undefined;
}
