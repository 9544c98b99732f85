/**
 * Reads HOOKLINE_EGRESS_ALLOW: the targets that the operator permits although the address policy denies them.
 * Entries are separated by commas: `10.1.0.0/16`, `10.1.2.3`, `127.0.0.0/8:9000`, `fd00::/8`, `[::1]`,
 * `[::1]/128:9000`, `localhost`, `localhost:9000`, `*.svc.cluster.local`.
 */
import { isExactRange, isInRange, parseIp, parseIpRange } from "./ip-number.ts";
import type { IpNumber, IpRange } from "./ip-number.ts";

/** Without `port` the rule opens the ports that may be called anyway; with it, only that port. */
export type AllowRule =
  | { readonly kind: "range"; readonly range: IpRange; readonly port: number | undefined }
  | {
      readonly kind: "name";
      /** Lower case, no trailing dot, without the `*.` of a wildcard. */
      readonly name: string;
      /** True for `*.name`, which covers every name below it and not the name itself. */
      readonly below: boolean;
      readonly port: number | undefined;
    };

export type EgressAllowResult =
  | { readonly ok: true; readonly rules: readonly AllowRule[] }
  | { readonly ok: false; readonly problem: string };

const FORMS =
  "an entry must be an address (10.1.2.3, [::1]), a range (10.1.0.0/16, fd00::/8) or a name (localhost, *.svc.cluster.local), each with an optional :port";

/** Parses the setting. The problem names the entry and the allowed forms. Empty text means no rules. */
export function parseEgressAllow(text: string): EgressAllowResult {
  const rules: AllowRule[] = [];
  for (const part of text.split(",")) {
    const entry = part.trim();
    if (entry === "") continue;
    const rule = parseEntry(entry);
    if (typeof rule === "string") return { ok: false, problem: `"${entry}": ${rule}` };
    rules.push(rule);
  }
  return { ok: true, rules };
}

/** Whether a range rule opens this address on this port. */
export function isAddressAllowed(rules: readonly AllowRule[], ip: IpNumber, port: number): boolean {
  return rules.some(
    (rule) =>
      rule.kind === "range" &&
      (rule.port === undefined || rule.port === port) &&
      isInRange(ip, rule.range),
  );
}

/** Whether a name rule opens this name on this port; `name` is lower case without a trailing dot. */
export function isNameAllowed(rules: readonly AllowRule[], name: string, port: number): boolean {
  return rules.some(
    (rule) =>
      rule.kind === "name" &&
      (rule.port === undefined || rule.port === port) &&
      (rule.below ? name.endsWith(`.${rule.name}`) : name === rule.name),
  );
}

function parseEntry(entry: string): AllowRule | string {
  const split = splitPort(entry);
  if (split === undefined) return FORMS;
  const port = split.port === undefined ? undefined : Number(split.port);
  if (port !== undefined && (port < 1 || port > 65_535)) return "a port must be 1 to 65535";
  if (split.name !== undefined) {
    const below = split.name.startsWith("*.");
    const name = (below ? split.name.slice(2) : split.name).toLowerCase();
    return { kind: "name", name, below, port };
  }
  const range = parseIpRange(split.range);
  if (range === undefined) return FORMS;
  if (!isExactRange(range))
    return "the address has bits beyond its prefix length, as in 127.0.0.1/8";
  if (range.family === 6 && range.first >> 32n === 0xffffn) {
    return "an IPv4-mapped IPv6 address is never called; write the IPv4 address";
  }
  return { kind: "range", range, port };
}

type SplitEntry =
  | { readonly range: string; readonly name?: undefined; readonly port: string | undefined }
  | { readonly range?: undefined; readonly name: string; readonly port: string | undefined };

const BRACKETED = /^\[([0-9a-f:.]+)(\/\d+)?\](\/\d+)?(?::(\d{1,5}))?$/i;
const RANGE = /^([0-9a-f:.]+\/\d+)(?::(\d{1,5}))?$/i;
const FOUR_WITH_PORT = /^([\d.]+):(\d{1,5})$/;
const NAME = /^((?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::(\d{1,5}))?$/i;

function splitPort(entry: string): SplitEntry | undefined {
  if (parseIp(entry) !== undefined) return { range: entry, port: undefined };
  const bracketed = BRACKETED.exec(entry);
  if (bracketed !== null) {
    return { range: `${bracketed[1]}${bracketed[2] ?? bracketed[3] ?? ""}`, port: bracketed[4] };
  }
  const ranged = RANGE.exec(entry) ?? FOUR_WITH_PORT.exec(entry);
  if (ranged?.[1] !== undefined) return { range: ranged[1], port: ranged[2] };
  const named = NAME.exec(entry);
  // A name whose last label is a number is a misspelt address (`127.1`, `10.0.0`).
  if (named?.[1] !== undefined && !/(^|\.)(\d+|0x[0-9a-f]*)$/i.test(named[1])) {
    return { name: named[1], port: named[2] };
  }
  return undefined;
}
