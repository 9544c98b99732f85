/**
 * Every limit that an application, a client or an operator can reach (I5). A row stands in the file of its
 * noun in `limits/`.
 */
import { DELIVERY_LIMITS } from "./limits/delivery-limits.ts";
import { ENDPOINT_LIMITS } from "./limits/endpoint-limits.ts";
import type { Limit } from "./limits/limit.ts";
import { LIVE_LIMITS } from "./limits/live-limits.ts";
import { OPERATIONAL_LIMITS } from "./limits/operational-limits.ts";
import { OPERATOR_LIMITS } from "./limits/operator-limits.ts";
import { PORTAL_LIMITS } from "./limits/portal-limits.ts";
import { LINE_LIMITS } from "./limits/line-limits.ts";
import { PUBLISH_LIMITS } from "./limits/publish-limits.ts";
import { READ_LIMITS } from "./limits/read-limits.ts";
import { REQUEST_LIMITS } from "./limits/request-limits.ts";
import { LOGIN_LIMITS } from "./limits/login-limits.ts";

export const LIMITS = {
  ...ENDPOINT_LIMITS,
  ...REQUEST_LIMITS,
  ...PUBLISH_LIMITS,
  ...DELIVERY_LIMITS,
  ...READ_LIMITS,
  ...LIVE_LIMITS,
  ...LINE_LIMITS,
  ...LOGIN_LIMITS,
  ...PORTAL_LIMITS,
  ...OPERATOR_LIMITS,
  ...OPERATIONAL_LIMITS,
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** The number of every limit: its setting, or its default. */
export type LimitValues = { readonly [K in LimitName]: number };

type Having<Part> = {
  [K in LimitName]: (typeof LIMITS)[K] extends Part ? K : never;
}[LimitName];

/** Limits for which an application can have its own number. */
export type AppLimitName = Having<{ readonly perApp: true }>;
export type SettingLimitName = Exclude<LimitName, Having<{ readonly setting: null }>>;

/** Returns the numbers in `given`, and the defaults of the others. */
export function toLimitValues(given: Partial<LimitValues> = {}): LimitValues {
  const values = Object.entries(LIMITS).map(([key, { value }]) => [
    key,
    given[key as LimitName] ?? value,
  ]);
  return Object.fromEntries(values) as LimitValues;
}

/** In the order of the table. */
export const APP_LIMITS = Object.entries(LIMITS).flatMap(([key, { perApp }]) =>
  perApp ? [key as AppLimitName] : [],
);

/** An application's own numbers. Every other limit has the server's number. */
export type OwnLimits = { readonly [K in AppLimitName]?: number };

export const NO_OWN_LIMITS: OwnLimits = {};

/** Returns the number that holds for an application with these own numbers. */
export function limitOf(values: LimitValues, own: OwnLimits, name: AppLimitName): number {
  return own[name] ?? values[name];
}
