/** Addresses of trusted proxies, whose `X-Forwarded-For` is used: comma-separated addresses and CIDRs. */
import { isExactRange, parseIpRange, type IpRange } from "../net/policy/ip-number.ts";
import type { Parser } from "./parse-setting.ts";

export const parseTrustedProxies: Parser<readonly IpRange[]> = (text) => {
  const words = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  const ranges = words.map(parseIpRange).filter((range) => range !== undefined);
  const isSound = ranges.every((range) => isExactRange(range) && !range.text.endsWith("/0"));
  return isSound && ranges.length === words.length
    ? { ok: true, value: ranges }
    : {
        ok: false,
        allowed:
          "each must be an address, or a CIDR whose host bits are 0, such as 10.0.0.7, 172.18.0.0/16 or fd00::/8; /0, which covers every address, is not allowed",
      };
};
