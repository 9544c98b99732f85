/**
 * Instants as requests write them. RFC 3339 has four digits for the year. An instant outside the years 0001
 * to 9999 of UTC could therefore not be written back in its form.
 */
const FIRST_MS = Date.parse("0001-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

export const INSTANT_FORM =
  "an RFC 3339 time such as 2026-05-06T04:00:00Z, within the years 0001 to 9999 in UTC";

export function isInstant(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS;
}

/** Returns the instant in milliseconds, or undefined for a text that is not `INSTANT_FORM`. */
export function parseInstant(text: string): number | undefined {
  if (!RFC_3339.test(text)) return undefined;
  const at = Date.parse(text.replace(" ", "T").toUpperCase());
  return isInstant(at) ? at : undefined;
}
