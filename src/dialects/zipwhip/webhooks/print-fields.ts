/** A Zipwhip body is one flat object, sent as compact JSON or, for GET, as the query of the URL. */
import { stringifyJson } from "../../../core/json/json.ts";

export type Field = readonly [
  name: string,
  /** A bigint is a 64-bit number (I8). */
  value: string | number | bigint | boolean | null,
];

/** Prints the fields in the given order, with every digit of each number. */
export function printJson(fields: readonly Field[]): string {
  const members = fields.map(([name, value]) => {
    const text = stringifyJson(value);
    return `${JSON.stringify(name)}:${text}`;
  });
  return `{${members.join(",")}}`;
}

/**
 * Null fields are omitted. The others are printed as in JSON, strings without quotes. Zipwhip published no
 * format: this is our choice (docs/dialects/zipwhip.md, "GET deliveries").
 */
export function printQuery(fields: readonly Field[]): string {
  const pairs: string[] = [];
  for (const [name, value] of fields) {
    if (value !== null)
      pairs.push(`${name}=${encodeURIComponent(value.toString().toWellFormed())}`);
  }
  return pairs.join("&");
}
