/**
 * One limit as data. Settings, `docs/limits.md`, the texts of refusals and the tests are made from these rows,
 * so a limit is described once.
 */
import { AppError, type ErrorCode } from "../error.ts";

export type Limit = {
  /** Unique, in snake_case. Refusals, the metric and the list of an application's limits show it. */
  readonly name: string;
  /** One sentence. */
  readonly bounds: string;
  readonly per:
    | "app"
    | "line"
    | "endpoint"
    | "credential"
    | "source"
    | "connection"
    | "request"
    | "server";
  /** `store` counts all nodes together, `node` each node alone. */
  readonly holds: "store" | "node";
  /** "bytes", or a plural noun. */
  readonly unit: string;
  /** The default. */
  readonly value: number;
  /** Smallest and largest number that the setting and an application's own number may have. */
  readonly range: readonly [least: number, most: number];
  /** Null when the number is fixed. */
  readonly setting: `HOOKLINE_${string}` | null;
  /** Whether the operator can set another number for one application. */
  readonly perApp: boolean;
  /** Null when no call is refused; `refusal` then says how the server keeps the limit. */
  readonly code: ErrorCode | null;
  /** One or two sentences. `{limit}` stands for the number with its unit. */
  readonly refusal: string;
  /** With 429 and 503. */
  readonly retryAfterSeconds?: number;
};

/** Returns the text of a refusal. It names the limit, so that a client can find it in the list of limits. */
export function limitRefusal(limit: Limit, value: number): string {
  return `${limit.refusal.replaceAll("{limit}", toAmount(limit, value))} Limit: ${limit.name}.`;
}

/** Creates the refusal of a call. */
export function refuseLimit(limit: Limit, value: number): AppError {
  const { code, name, retryAfterSeconds } = limit;
  if (code === null) throw new Error(`the limit ${name} refuses no call`);
  return new AppError(code, limitRefusal(limit, value), {
    limit: name,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

const BYTE_UNITS = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
] as const;

/** Returns the number with its unit, such as `10,000 endpoints`, `1 delivery` or `4 MiB`. */
export function toAmount({ unit }: Pick<Limit, "unit">, value: number): string {
  const exact = BYTE_UNITS.find(([, bytes]) => value >= bytes && value % bytes === 0);
  if (unit === "bytes" && exact !== undefined) return `${value / exact[1]} ${exact[0]}`;
  const noun = value === 1 ? unit.replace(/ies$/, "y").replace(/s$/, "") : unit;
  return `${value.toString().replaceAll(/\B(?=(\d{3})+$)/g, ",")} ${noun}`;
}
