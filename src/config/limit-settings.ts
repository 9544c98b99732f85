/** Settings that are limits, made from the rows of `core/limits/`. */
import { ERROR_CODES } from "../core/error.ts";
import { LIMITS, type LimitValues, type SettingLimitName, toLimitValues } from "../core/limits.ts";
import type { Limit } from "../core/limits/limit.ts";
import { parseBytes, parseInteger } from "./parse-setting.ts";
import { row, type Row } from "./setting-row.ts";

const SIZES = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
] as const;

export const LIMIT_SETTINGS = Object.fromEntries(
  Object.entries(LIMITS).flatMap(([key, limit]) => {
    const setting = toSetting(limit);
    return setting === null ? [] : [[key, setting]];
  }),
) as { readonly [K in SettingLimitName]: Row<number> };

function toSetting(limit: Limit): Row<number> | null {
  const { setting, unit, value, range, bounds, code } = limit;
  if (setting === null) return null;
  const parse = unit === "bytes" ? parseBytes(...range) : parseInteger(...range);
  const consequence = code === null ? "" : ` Above it, calls get ${ERROR_CODES[code].status}.`;
  return row(setting, toText(unit, value), parse, `${bounds}${consequence}`);
}

/** Writes the number as the environment has it. */
function toText(unit: string, value: number): string {
  if (unit !== "bytes") return String(value);
  const [name, bytes] = SIZES.find(([, size]) => value % size === 0) ?? ["B", 1];
  return `${value / bytes}${name}`;
}

/** Returns the number of every limit: of its setting, or its fixed one. */
export function limitsIn(settings: { readonly [K in SettingLimitName]: number }): LimitValues {
  const given = Object.keys(LIMIT_SETTINGS).map((key) => [key, settings[key as SettingLimitName]]);
  return toLimitValues(Object.fromEntries(given) as Partial<LimitValues>);
}
