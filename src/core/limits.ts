/**
 * Every limit that an application, a client or an operator can reach (I5). A row stands in the file of its
 * noun in `limits/`.
 */
import { ENDPOINT_LIMITS } from "./limits/endpoint-limits.ts";
import type { Limit } from "./limits/limit.ts";
import { PUBLISH_LIMITS } from "./limits/publish-limits.ts";
import { READ_LIMITS } from "./limits/read-limits.ts";

export const LIMITS = {
  ...ENDPOINT_LIMITS,
  ...PUBLISH_LIMITS,
  ...READ_LIMITS,
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** The number of every limit: its setting, or its default. */
export type LimitValues = { readonly [K in LimitName]: number };

type Having<Part> = {
  [K in LimitName]: (typeof LIMITS)[K] extends Part ? K : never;
}[LimitName];

export type SettingLimitName = Exclude<LimitName, Having<{ readonly setting: null }>>;

/** Returns the numbers in `given`, and the defaults of the others. */
export function toLimitValues(given: Partial<LimitValues> = {}): LimitValues {
  const values = Object.entries(LIMITS).map(([key, { value }]) => [
    key,
    given[key as LimitName] ?? value,
  ]);
  return Object.fromEntries(values) as LimitValues;
}
