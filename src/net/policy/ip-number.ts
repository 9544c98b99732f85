/**
 * Addresses as numbers, so that a range is two comparisons. Only the canonical text forms are read, as
 * produced by WHATWG `URL`, DNS and sockets. `0x7f.1` and the like are not addresses here.
 */
import { isIPv4, isIPv6 } from "node:net";

export type IpNumber = { readonly family: 4 | 6; readonly value: bigint };

export type IpRange = {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  readonly text: string;
};

/** Returns undefined for a text that is not an address, and for every address with a zone id. */
export function parseIp(text: string): IpNumber | undefined {
  if (isIPv4(text)) return { family: 4, value: parseFour(text) };
  // `net.isIP` accepts addresses with zone ids (`::1%lo`); a receiver never has one.
  if (isIPv6(text) && !text.includes("%")) return { family: 6, value: parseSix(text) };
  return undefined;
}

/** Reads a range from `address/prefix` or a single address; undefined unless it is exact. */
export function parseIpRange(text: string): IpRange | undefined {
  const slash = text.indexOf("/");
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const bits = address.family === 4 ? 32 : 128;
  const prefixText = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefixText) || Number(prefixText) > bits) return undefined;
  const hostBits = BigInt(bits - Number(prefixText));
  const first = (address.value >> hostBits) << hostBits;
  const last = first + (1n << hostBits) - 1n;
  return { family: address.family, first, last, text };
}

/** False for `127.0.0.1/8`: the address has bits that the prefix does not cover. */
export function isExactRange(range: IpRange): boolean {
  const address = parseIp(range.text.split("/")[0] ?? "");
  return address !== undefined && address.value === range.first;
}

export function isInRange(ip: IpNumber, range: IpRange): boolean {
  return ip.family === range.family && ip.value >= range.first && ip.value <= range.last;
}

/** Returns the same text for every spelling of an address. */
export function ipKey(ip: IpNumber): string {
  return `${ip.family}/${ip.value.toString(16)}`;
}

/** Returns the bytes in network order. */
export function ipBytes({ family, value }: IpNumber): number[] {
  const count = family === 4 ? 4 : 16;
  return Array.from({ length: count }, (_, n) =>
    Number((value >> BigInt(8 * (count - 1 - n))) & 0xffn),
  );
}

function parseFour(text: string): bigint {
  let value = 0;
  for (const part of text.split(".")) value = value * 256 + Number(part);
  return BigInt(value);
}

function parseSix(text: string): bigint {
  const gap = text.indexOf("::");
  const head = toGroups(gap < 0 ? text : text.slice(0, gap));
  const tail = gap < 0 ? [] : toGroups(text.slice(gap + 2));
  const zeros = Array.from<number>({ length: 8 - head.length - tail.length }).fill(0);
  let value = 0n;
  for (const group of [...head, ...zeros, ...tail]) value = (value << 16n) | BigInt(group);
  return value;
}

function toGroups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [Number.parseInt(part, 16)];
    const four = Number(parseFour(part));
    return [four >>> 16, four & 0xffff];
  });
}
