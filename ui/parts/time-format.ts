/** Instants as text. Pure: the zone and the present are parameters. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export type Zone = "local" | "utc";
export type Instant = string | number | Date;

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** `14:02:33` today, `Nov 24 14:02:33` otherwise in the same year, with the year before that. */
export function toDateTime(instant: Instant, zone: Zone, now: Instant = Date.now()): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "";
  const time = format(zone, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(date);
  if (toDay(date, zone) === toDay(new Date(now), zone)) return time;
  const sameYear = toDay(date, zone).slice(0, 4) === toDay(new Date(now), zone).slice(0, 4);
  const day = format(zone, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(date);
  return `${day} ${time}`;
}

/** `just now`, `40 s ago`, `12 min ago`, `3 h ago`, `5 d ago`; `in 12 min` for a time to come. */
export function toAge(instant: Instant, now: Instant): string {
  const ms = new Date(now).getTime() - new Date(instant).getTime();
  const span = toSpan(Math.abs(ms));
  if (Math.abs(ms) < 1_000) return "just now";
  return ms >= 0 ? `${span} ago` : `in ${span}`;
}

/** A length of time in its largest unit. */
export function toSpan(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.floor(ms / 1000)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} d`;
}

/** A measured duration: `31 ms`, `1.20 s`, `2 min 5 s`. */
export function toDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${(ms / 1000).toFixed(2)} s`;
  return `${Math.floor(ms / MINUTE_MS)} min ${Math.floor((ms % MINUTE_MS) / 1000)} s`;
}

/** Younger than an hour is shown as an age. */
export function isRecent(instant: Instant, now: Instant): boolean {
  return Math.abs(new Date(now).getTime() - new Date(instant).getTime()) < HOUR_MS;
}

/** ISO 8601 with the offset of the zone, for titles and copies: `2026-12-01T14:02:33.120+01:00`. */
export function toIso(instant: Instant, zone: Zone): string {
  const date = new Date(instant);
  if (zone === "utc") return date.toISOString();
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * MINUTE_MS).toISOString().slice(0, -1);
  const sign = offset < 0 ? "-" : "+";
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, "0");
  return `${local}${sign}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
}

function toDay(date: Date, zone: Zone): string {
  return toIso(date, zone).slice(0, 10);
}

function format(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  const kept = FORMATS.get(key);
  if (kept !== undefined) return kept;
  const made = new Intl.DateTimeFormat("en", {
    ...options,
    ...(zone === "utc" ? { timeZone: "UTC" } : {}),
  });
  FORMATS.set(key, made);
  return made;
}
