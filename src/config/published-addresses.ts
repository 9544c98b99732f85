/**
 * The source addresses of deliveries, as an operator publishes them. They are comma-separated, with dates:
 * `CIDR@since` for one in use, `CIDR@since..until` for a retired one.
 */
import { isIP } from "node:net";
import type { PublishedAddress } from "../operations/context.ts";
import type { Parser } from "./parse-setting.ts";

const FORM = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?@(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?$/;

export const parsePublishedAddresses: Parser<readonly PublishedAddress[]> = (text) => {
  const words = text.split(",").filter((word) => word.trim() !== "");
  const read = words.map((word) => parseOne(word.trim()));
  const found = read.filter((address) => address !== null);
  return found.length === read.length
    ? { ok: true, value: found }
    : {
        ok: false,
        allowed:
          "each must be CIDR@since or CIDR@since..until, such as 203.0.113.0/28@2026-01-01 or 198.51.100.7/32@2024-03-01..2025-12-31",
      };
};

function parseOne(word: string): PublishedAddress | null {
  const [, address = "", bits, since = "", until] = FORM.exec(word) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits ?? 0) > (family === 4 ? 32 : 128)) return null;
  if (!isDate(since) || (until !== undefined && (!isDate(until) || until < since))) return null;
  const cidr = `${address}/${bits ?? (family === 4 ? "32" : "128")}`;
  return { cidr, since, until: until ?? null };
}

function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
