/** Parsers of setting values: each returns a value, or a clause that says which values are allowed. */
import { isIP } from "node:net";
import { CUSTOM_WAITS } from "../core/delivery/retry-schedule.ts";

export type Parser<T> = (
  text: string,
) => { readonly ok: true; readonly value: T } | { readonly ok: false; readonly allowed: string };

export function parseText(pattern?: RegExp, allowed = "any text"): Parser<string> {
  return (text) =>
    text === "" || pattern === undefined || pattern.test(text)
      ? { ok: true, value: text }
      : { ok: false, allowed: `it must be ${allowed}` };
}

/**
 * Parses a store URL, or an empty text. A raw "@", "/", "?" or "#" in the password shifts the parts of the
 * URL. An error about the host name would then show the rest of the password.
 */
export function parseStoreUrl(pattern: RegExp, allowed: string): Parser<string> {
  const parse = parseText(pattern, allowed);
  return (text) => {
    if (!hasRawPassword(text)) return parse(text);
    return {
      ok: false,
      allowed:
        'its password contains a raw "@", "/", "?", "#" or "%"; write them as %40, %2F, %3F, %23 and %25',
    };
  };
}

function hasRawPassword(text: string): boolean {
  const [, rest] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(text) ?? [];
  if (rest === undefined) return false;
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? "";
  const after = rest.slice(authority.length);
  const path = after.replace(/[?#].*$/s, "");
  if (authority.indexOf("@") !== authority.lastIndexOf("@") || path.includes("@")) return true;
  // A non-numeric port is the start of a password that continues beyond the authority.
  const [, , port = ""] = /^(\[.*\]|[^:]*):(.*)$/.exec(authority.replace(/^.*@/, "")) ?? [];
  if (after.includes("@") && !/^\d*$/.test(port)) return true;
  return /%(?![0-9a-f]{2})/i.test(authority);
}

export function parseInteger(least: number, most: number): Parser<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most
      ? { ok: true, value }
      : { ok: false, allowed: `it must be a whole number from ${least} to ${most}` };
  };
}

/** Parses an IP address, or an empty text. */
export const parseIpAddress: Parser<string> = (text) =>
  text === "" || (isIP(text) !== 0 && !text.includes("%"))
    ? { ok: true, value: text }
    : { ok: false, allowed: "it must be an IPv4 or IPv6 address" };

export function parseChoice<const T extends string>(choices: readonly T[]): Parser<T> {
  return (text) => {
    const value = choices.find((choice) => choice === text);
    return value !== undefined
      ? { ok: true, value }
      : { ok: false, allowed: `it must be one of ${choices.filter(Boolean).join(", ")}` };
  };
}

/** Parses comma-separated words; `choices` null allows any word. */
export function parseList(choices: readonly string[] | null): Parser<readonly string[]> {
  return (text) => {
    const words = text
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== "");
    const unknown = choices === null ? undefined : words.find((word) => !choices.includes(word));
    return unknown === undefined
      ? { ok: true, value: words }
      : { ok: false, allowed: `each must be one of ${(choices ?? []).join(", ")}` };
  };
}

/** Parses `*`, `off` for no origins, or comma-separated origins as browsers send them. */
export const parseOrigins: Parser<"*" | readonly string[]> = (text) => {
  if (text === "*") return { ok: true, value: "*" };
  if (text === "off") return { ok: true, value: [] };
  const origins = text.split(",").map((word) => word.trim().toLowerCase());
  return origins.every((origin) => URL.parse(origin)?.origin === origin)
    ? { ok: true, value: origins }
    : {
        ok: false,
        allowed: "it must be *, off, or comma-separated origins such as https://portal.example.com",
      };
};

const DURATION_UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function durationMs(text: string): number {
  if (text === "0") return 0;
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (match === null) return Number.NaN;
  return Number(match[1]) * DURATION_UNITS[match[2] as keyof typeof DURATION_UNITS];
}

/** Parses a number with a unit: 500ms, 20s, 15m, 48h, 30d. */
export function parseDuration(least: string, most: string): Parser<number> {
  return (text) => {
    const value = durationMs(text);
    return value >= durationMs(least) && value <= durationMs(most)
      ? { ok: true, value }
      : {
          ok: false,
          allowed: `it must be a duration from ${least} to ${most}, such as 90s, 15m, 48h or 30d`,
        };
  };
}

const BYTE_UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** Parses a number with a unit: 512KiB, 1MiB. */
export function parseBytes(least: number, most: number): Parser<number> {
  return (text) => {
    const match = /^(\d{1,9})(B|KiB|MiB|GiB)$/.exec(text);
    const value =
      match === null
        ? Number.NaN
        : Number(match[1]) * BYTE_UNITS[match[2] as keyof typeof BYTE_UNITS];
    return value >= least && value <= most
      ? { ok: true, value }
      : {
          ok: false,
          allowed: `it must be a size from ${least}B to ${most}B, such as 512KiB or 1MiB`,
        };
  };
}

/** Parses comma-separated durations of one second to one day each, at most 72 hours in total: 30s,2m,10m. */
export const parseWaits: Parser<readonly number[]> = (text) => {
  const waits = text.split(",").map((word) => durationMs(word.trim()));
  const total = waits.reduce((sum, wait) => sum + wait, 0);
  const { most, minMs, maxMs } = CUSTOM_WAITS;
  const isSound = waits.every((wait) => wait >= minMs && wait <= maxMs);
  return isSound && waits.length <= most && total <= 72 * DURATION_UNITS.h
    ? { ok: true, value: waits }
    : {
        ok: false,
        allowed:
          "it must be at most 30 comma-separated durations of 1s to 1d each, at most 72h in total, such as 30s,2m,10m",
      };
};
