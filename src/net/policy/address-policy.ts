/**
 * Which addresses may be called (I9). For IPv4, everything except the list of special ranges. For IPv6, only
 * 2000::/3 minus its special ranges, so an unforeseen range is refused. Transition addresses (mapped, NAT64,
 * 6to4, Teredo) are refused as a whole, without a look at the embedded address. This file is pure: it
 * resolves and opens nothing. It is called for every literal, every DNS answer and every connected peer.
 */
import { isAddressAllowed, isNameAllowed } from "./egress-allow.ts";
import type { AllowRule } from "./egress-allow.ts";
import { ipKey, isInRange, parseIp, parseIpRange } from "./ip-number.ts";
import type { IpNumber, IpRange } from "./ip-number.ts";

/** An address and port that this server listens on; a wildcard host means all addresses of this machine. */
export type OwnListener = { readonly host: string; readonly port: number };

export type EgressPolicy = {
  readonly allow: readonly AllowRule[];
  /** Keys of this machine's addresses: a public one would hairpin to this server's ports. */
  readonly ownAddresses: ReadonlySet<string>;
  readonly ownListeners: readonly OwnListener[];
};

export type AddressVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: string };

type SpecialRange = { readonly range: IpRange; readonly what: string };

/** IANA's special-purpose registry; the last entry is a cloud's internal address in public space. */
const IPV4_DENIED = ranges({
  "0.0.0.0/8": "this network",
  "10.0.0.0/8": "private",
  "100.64.0.0/10": "carrier NAT",
  "127.0.0.0/8": "loopback",
  "169.254.0.0/16": "link-local",
  "172.16.0.0/12": "private",
  "192.0.0.0/24": "IETF protocols",
  "192.0.2.0/24": "documentation",
  "192.31.196.0/24": "AS112",
  "192.52.193.0/24": "AMT",
  "192.88.99.0/24": "6to4 relay",
  "192.168.0.0/16": "private",
  "192.175.48.0/24": "AS112",
  "198.18.0.0/15": "benchmarking",
  "198.51.100.0/24": "documentation",
  "203.0.113.0/24": "documentation",
  "224.0.0.0/4": "multicast",
  "240.0.0.0/4": "reserved",
  "168.63.129.16/32": "Azure host agent",
});

const IPV6_GLOBAL = ranges({ "2000::/3": "global unicast" });

const IPV6_DENIED = ranges({
  "2001::/23": "IETF protocols",
  "2001:db8::/32": "documentation",
  "2002::/16": "6to4",
  "2620:4f:8000::/48": "AS112",
  "3fff::/20": "documentation",
});

/**
 * Ranges that are never called, even when an entry allows them. They reach this machine under another name
 * (on Linux 0.0.0.0, :: and mapped addresses all connect to it), or no single machine at all.
 */
const NEVER = ranges({
  "0.0.0.0/8": "this network",
  "224.0.0.0/4": "multicast",
  "255.255.255.255/32": "broadcast",
  "::/128": "unspecified",
  "::ffff:0:0/96": "IPv4-mapped",
  "ff00::/8": "multicast",
});

const LOOPBACK = ranges({ "127.0.0.0/8": "loopback", "::1/128": "loopback" });

/**
 * Builds the policy. `ownAddresses` are spelled as by `os.networkInterfaces()`; texts that are not addresses
 * are skipped.
 */
export function createEgressPolicy(options: {
  allow?: readonly AllowRule[];
  ownAddresses?: readonly string[];
  ownListeners?: readonly OwnListener[];
}): EgressPolicy {
  const own = (options.ownAddresses ?? []).map(parseIp).filter((ip) => ip !== undefined);
  return {
    allow: options.allow ?? [],
    ownAddresses: new Set(own.map(ipKey)),
    ownListeners: options.ownListeners ?? [],
  };
}

/** Adds an address that turned out to be this machine's; a machine can get one after the start. */
export function withOwnAddress(policy: EgressPolicy, ip: string): EgressPolicy {
  const address = parseIp(ip);
  if (address === undefined) return policy;
  return { ...policy, ownAddresses: new Set([...policy.ownAddresses, ipKey(address)]) };
}

/** Returns the verdict on one address. The reason is for the operator, never for an app. */
export function classifyAddress(ip: string, policy: EgressPolicy, port: number): AddressVerdict {
  const address = parseIp(ip);
  if (address === undefined) return refused("not an address");
  const never = neverCalled(address, policy, port);
  if (never !== undefined) return refused(never);
  if (isAddressAllowed(policy.allow, address, port)) return { allowed: true };
  const special = specialUse(address);
  if (special !== undefined) return refused(special);
  if (policy.ownAddresses.has(ipKey(address))) return refused("an address of this machine");
  return { allowed: true };
}

/** Whether the address belongs to the public internet; an internal one that is allowed does not. */
export function isPublicAddress(ip: string): boolean {
  const address = parseIp(ip);
  return address !== undefined && specialUse(address) === undefined;
}

/** Returns the verdict on an address of a name that the operator allowed; such a name may point anywhere. */
export function classifyAddressOfAllowedName(
  ip: string,
  policy: EgressPolicy,
  port: number,
): AddressVerdict {
  const address = parseIp(ip);
  if (address === undefined) return refused("not an address");
  const never = neverCalled(address, policy, port);
  return never === undefined ? { allowed: true } : refused(never);
}

/** Whether the operator allowed this name, which is then resolved by the system. */
export function isAllowedName(policy: EgressPolicy, name: string, port: number): boolean {
  return isNameAllowed(policy.allow, name, port);
}

/** Whether a rule with this exact port opens it for this host. */
export function isPortOpened(policy: EgressPolicy, host: string, port: number): boolean {
  const rules = policy.allow.filter((rule) => rule.port === port);
  const address = parseIp(host);
  return address === undefined
    ? isNameAllowed(rules, host, port)
    : isAddressAllowed(rules, address, port);
}

function neverCalled(ip: IpNumber, policy: EgressPolicy, port: number): string | undefined {
  const never = findRange(NEVER, ip);
  if (never !== undefined) return never;
  const isOwnPort = policy.ownListeners.some(
    (listener) => listener.port === port && isListenerReached(ip, policy, listener.host),
  );
  return isOwnPort ? "this server's own listener" : undefined;
}

function isListenerReached(ip: IpNumber, policy: EgressPolicy, listenerHost: string): boolean {
  const host = parseIp(listenerHost);
  // A name (`localhost`) or a wildcard may be any address of this machine.
  if (host !== undefined && host.value !== 0n) return ipKey(host) === ipKey(ip);
  return findRange(LOOPBACK, ip) !== undefined || policy.ownAddresses.has(ipKey(ip));
}

function specialUse(ip: IpNumber): string | undefined {
  if (ip.family === 4) return findRange(IPV4_DENIED, ip);
  if (findRange(IPV6_GLOBAL, ip) === undefined) return "not global unicast IPv6";
  return findRange(IPV6_DENIED, ip);
}

function findRange(list: readonly SpecialRange[], ip: IpNumber): string | undefined {
  const found = list.find((special) => isInRange(ip, special.range));
  return found === undefined ? undefined : `${found.what} (${found.range.text})`;
}

function refused(reason: string): AddressVerdict {
  return { allowed: false, reason };
}

function ranges(table: Record<string, string>): readonly SpecialRange[] {
  return Object.entries(table).map(([text, what]) => {
    const range = parseIpRange(text);
    if (range === undefined) throw new Error(`address table: ${text} is not a range`);
    return { range, what };
  });
}
