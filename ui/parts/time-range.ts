/**
 * A range of time in the address: a preset in `range`, or `since` and `until`. A preset stays relative when its
 * link is opened later; "last night" is from 22 to 6 in the person's zone.
 */
import type { Search } from "../paths.ts";
import { words } from "../words.ts";
import { toDateTime } from "./time-format.ts";
import type { Zone } from "./time-format.ts";

export const RANGE_NAMES = ["range", "since", "until"] as const;

const HOUR_MS = 3_600_000;
const NIGHT = { from: 22, to: 6 } as const;
/** Relative bounds change once a minute, so that equal views have equal requests. */
const STEP_MS = 60_000;

export const PRESETS = ["1h", "6h", "24h", "7d", "30d", "night"] as const;
export type Preset = (typeof PRESETS)[number];
const LENGTH_MS: Readonly<Record<Exclude<Preset, "night">, number>> = {
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": 24 * HOUR_MS,
  "7d": 7 * 24 * HOUR_MS,
  "30d": 30 * 24 * HOUR_MS,
};

/** The bounds as ISO strings; undefined where the range has none. */
export type Bounds = { readonly since?: string; readonly until?: string };

export function toBounds(search: Search, now: number, zone: Zone): Bounds {
  const preset = PRESETS.find((one) => one === search["range"]);
  if (preset === "night") return lastNight(now, zone);
  if (preset !== undefined) {
    const end = Math.floor(now / STEP_MS) * STEP_MS;
    return { since: new Date(end - LENGTH_MS[preset]).toISOString() };
  }
  const { since, until } = search;
  return {
    ...(isInstant(since) ? { since: new Date(since).toISOString() } : {}),
    ...(isInstant(until) ? { until: new Date(until).toISOString() } : {}),
  };
}

/** The night that ended last: before six in the morning it is the one before. */
function lastNight(now: number, zone: Zone): Bounds {
  const at = (day: Date, hour: number): Date => {
    const moved = new Date(day);
    if (zone === "utc") moved.setUTCHours(hour, 0, 0, 0);
    else moved.setHours(hour, 0, 0, 0);
    return moved;
  };
  let end = at(new Date(now), NIGHT.to);
  if (end.getTime() > now) end = at(new Date(end.getTime() - 24 * HOUR_MS), NIGHT.to);
  const start = at(new Date(end.getTime() - 12 * HOUR_MS), NIGHT.from);
  return { since: start.toISOString(), until: end.toISOString() };
}

/** Empty when the range is not limited. */
export function describeRange(search: Search, zone: Zone): string {
  const preset = PRESETS.find((one) => one === search["range"]);
  if (preset !== undefined) return words.ranges[preset];
  const { since, until } = search;
  const from = isInstant(since) ? toDateTime(since, zone) : "";
  const to = isInstant(until) ? toDateTime(until, zone) : "";
  if (from === "" && to === "") return "";
  return `${from} – ${to}`.trim();
}

function isInstant(text: string | undefined): text is string {
  return text !== undefined && text !== "" && !Number.isNaN(Date.parse(text));
}
