/** I9: the addresses that may be called, in every spelling. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import ipaddr from "ipaddr.js";
import {
  classifyAddress,
  isPublicAddress,
  classifyAddressOfAllowedName,
  createEgressPolicy,
} from "./address-policy.ts";
import cases from "../../../test/net/cases/addresses.json" with { type: "json" };
import { parseEgressAllow } from "./egress-allow.ts";

const NOTHING_ALLOWED = createEgressPolicy({});

type AddressCase = {
  ip: string;
  allowed: boolean;
  why: string;
  port?: number;
  allow?: string;
  own?: string;
  listener?: string;
};

for (const one of cases as AddressCase[]) {
  const setting = one.allow === undefined ? "" : ` with ${one.allow} opened`;
  const verb = one.allowed ? "allows" : "refuses";
  test(`${verb} ${one.ip}:${one.port ?? 443}${setting}: ${one.why}`, () => {
    const verdict = classifyAddress(one.ip, toPolicy(one), one.port ?? 443);
    assert.equal(verdict.allowed, one.allowed);
  });
}

test("the verdict agrees with ipaddr.js on every IPv4 address except the Azure host agent", () => {
  fc.assert(
    fc.property(fc.ipV4(), (ip) => {
      const isUnicast = ipaddr.IPv4.parse(ip).range() === "unicast";
      const verdict = classifyAddress(ip, NOTHING_ALLOWED, 443);
      assert.equal(verdict.allowed, isUnicast && ip !== "168.63.129.16", ip);
    }),
    { numRuns: 5000 },
  );
});

test("the verdict agrees with ipaddr.js at both ends of every IPv4 block of 65,536 addresses", () => {
  for (let block = 0; block < 65_536; block += 1) {
    for (const tail of ["0.0", "255.255"]) {
      const ip = `${block >> 8}.${block & 255}.${tail}`;
      const isUnicast = ipaddr.IPv4.parse(ip).range() === "unicast";
      assert.equal(classifyAddress(ip, NOTHING_ALLOWED, 443).allowed, isUnicast, ip);
    }
  }
});

test("an IPv6 address that ipaddr.js calls special is never allowed", () => {
  const group = fc.oneof(
    fc.constantFrom(0, 1, 2, 0x7f00, 0x2001, 0x2002, 0x2620, 0x3fff, 0x64, 0xff9b, 0xdb8, 0xffff),
    fc.integer({ min: 0, max: 0xffff }),
  );
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const ip = groups.map((one) => one.toString(16)).join(":");
      if (!classifyAddress(ip, NOTHING_ALLOWED, 443).allowed) return;
      assert.equal(ipaddr.IPv6.parse(ip).range(), "unicast", ip);
    }),
    { numRuns: 5000 },
  );
});

/** The intended policy, read by another parser of ranges: the allowed ranges minus the denied ones. */
const INTENDED = {
  ipv4: {
    allowed: ["0.0.0.0/0"],
    denied: (
      "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 " +
      "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 " +
      "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32"
    ).split(" "),
  },
  ipv6: {
    allowed: ["2000::/3"],
    denied: ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"],
  },
} as const;

function isIntended(ip: ReturnType<typeof ipaddr.parse>): boolean {
  const { allowed, denied } = INTENDED[ip.kind()];
  const isIn = (range: string) => ip.match(ipaddr.parseCIDR(range));
  return allowed.some(isIn) && !denied.some(isIn);
}

test("exactly the intended addresses are allowed at both edges of each range, on both sides", () => {
  for (const [kind, bits] of [
    ["ipv4", 32],
    ["ipv6", 128],
  ] as const) {
    for (const range of [...INTENDED[kind].allowed, ...INTENDED[kind].denied]) {
      const [first, length] = ipaddr.parseCIDR(range);
      const start = BigInt(`0x${Buffer.from(first.toByteArray()).toString("hex")}`);
      const end = start + (1n << BigInt(bits - length)) - 1n;
      for (const value of [start - 1n, start, end, end + 1n]) {
        if (value < 0n || value >> BigInt(bits) !== 0n) continue;
        const bytes = Buffer.from(value.toString(16).padStart(bits / 4, "0"), "hex");
        const ip = ipaddr.fromByteArray([...bytes]);
        const verdict = classifyAddress(ip.toString(), NOTHING_ALLOWED, 443);
        assert.equal(verdict.allowed, isIntended(ip), `${ip.toString()} by ${range}`);
      }
    }
  }
});

test("the allowed IPv6 addresses are exactly global unicast minus its special ranges", () => {
  const starts = ["2001::", "2001:1ff::", "2001:200::", "2001:db8::", "2002::", "2620:4f:8000::"];
  const heads = fc
    .constantFrom(...starts, "2620:4f:7fff::", "3fff::", "3fff:1000::", "2000::", "fc00::", "::")
    .map((head) => ipaddr.IPv6.parse(head).parts);
  const group = fc.integer({ min: 0, max: 0xffff });
  const groups = fc.array(group, { minLength: 8, maxLength: 8 });
  const kept = fc.integer({ min: 0, max: 8 });
  fc.assert(
    fc.property(heads, groups, kept, (head, tail, keep) => {
      const ip = new ipaddr.IPv6([...head.slice(0, keep), ...tail.slice(keep)]);
      const verdict = classifyAddress(ip.toNormalizedString(), NOTHING_ALLOWED, 443);
      assert.equal(verdict.allowed, isIntended(ip), ip.toNormalizedString());
    }),
    { numRuns: 20_000 },
  );
});

test("an IPv6 address gets the same verdict in every spelling", () => {
  fc.assert(
    fc.property(fc.ipV6(), (ip) => {
      const canonical = new URL(`http://[${ip}]`).hostname.slice(1, -1);
      assert.deepEqual(
        classifyAddress(ip, NOTHING_ALLOWED, 443),
        classifyAddress(canonical, NOTHING_ALLOWED, 443),
      );
    }),
  );
});

test("an allowed name may point anywhere except to this server and to unspecified addresses", () => {
  const policy = createEgressPolicy({ ownListeners: [{ host: "127.0.0.1", port: 8080 }] });
  assert.equal(classifyAddressOfAllowedName("10.0.0.1", policy, 8080).allowed, true);
  assert.equal(classifyAddressOfAllowedName("127.0.0.1", policy, 9000).allowed, true);
  assert.equal(classifyAddressOfAllowedName("127.0.0.1", policy, 8080).allowed, false);
  assert.equal(classifyAddressOfAllowedName("0.0.0.0", policy, 9000).allowed, false);
  assert.equal(classifyAddressOfAllowedName("::ffff:127.0.0.1", policy, 9000).allowed, false);
});

function toPolicy(one: AddressCase) {
  const allow = parseEgressAllow(one.allow ?? "");
  assert.ok(allow.ok);
  const colon = one.listener?.lastIndexOf(":") ?? 0;
  return createEgressPolicy({
    allow: allow.rules,
    ownAddresses: one.own === undefined ? [] : [one.own],
    ownListeners:
      one.listener === undefined
        ? []
        : [{ host: one.listener.slice(0, colon), port: Number(one.listener.slice(colon + 1)) }],
  });
}

test("only addresses of the public internet are public, also where others are allowed", () => {
  const all = [
    "93.184.216.34",
    "2606:4700::1111",
    "10.0.0.5",
    "127.0.0.1",
    "fd00::1",
    "255.255.255.255",
    "x",
  ];
  assert.deepEqual(all.filter(isPublicAddress), ["93.184.216.34", "2606:4700::1111"]);
});
