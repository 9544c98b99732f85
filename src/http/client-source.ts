/**
 * The source address that limits are counted for. It is an IPv4 address, or the /64 of an IPv6 address, since
 * one household has as much. Behind a trusted proxy it is the client that the proxy names.
 */
import type { IncomingHttpHeaders } from "node:http";
import {
  isInRange,
  parseIp,
  parseIpRange,
  type IpNumber,
  type IpRange,
} from "../net/policy/ip-number.ts";

export type ClientSource = {
  isTrusted(address: string): boolean;
  /**
   * Returns null when the request does not show it. Either it comes from an untrusted private or loopback
   * address and says that it is forwarded, or from the trusted proxy itself.
   */
  findSource(request: SourcedRequest): string | null;
};

export type SourcedRequest = {
  /** The peer, or the client that trusted proxies name. */
  readonly ip: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
};

const LOCAL = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "100.64.0.0/10",
  "::1",
  "fc00::/7",
  "fe80::/10",
].map((text) => parseIpRange(text) as IpRange);
const FORWARDING = ["x-forwarded-for", "forwarded", "x-real-ip", "via"] as const;

/**
 * `onUntrusted` is called once, when the source of a request is first unknown because its proxy is not
 * trusted.
 */
export function createClientSource(
  trusted: readonly IpRange[],
  onUntrusted: () => void,
): ClientSource {
  let isNoted = false;
  function isTrusted(address: string): boolean {
    const ip = parseAddress(address);
    return ip !== undefined && isIn(ip, trusted);
  }
  return {
    isTrusted,
    findSource({ ip, headers, socket }) {
      const peer = parseAddress(socket.remoteAddress ?? "");
      if (peer === undefined) return null;
      if (!isIn(peer, trusted)) {
        if (!isIn(peer, LOCAL) || FORWARDING.every((name) => headers[name] === undefined)) {
          return toKey(peer);
        }
        if (!isNoted) onUntrusted();
        isNoted = true;
        return null;
      }
      const client = parseAddress(ip);
      return client === undefined || isIn(client, trusted) ? null : toKey(client);
    },
  };
}

function isIn(ip: IpNumber, ranges: readonly IpRange[]): boolean {
  return ranges.some((range) => isInRange(ip, range));
}

/** Parses the notations of sockets and proxies too: with a zone, a port, or an IPv4-mapped IPv6 address. */
function parseAddress(text: string): IpNumber | undefined {
  const bare = text
    .trim()
    .replace(/^\[(.*)\](?::\d+)?$/, "$1")
    .replace(/^([\d.]+):\d+$/, "$1")
    .replace(/%.*$/, "");
  const ip = parseIp(bare);
  if (ip === undefined || ip.family === 4 || ip.value >> 32n !== 0xffffn) return ip;
  return { family: 4, value: ip.value & 0xffff_ffffn };
}

function toKey({ family, value }: IpNumber): string {
  return family === 4 ? `4/${value.toString(16)}` : `6/${(value >> 64n).toString(16)}`;
}
