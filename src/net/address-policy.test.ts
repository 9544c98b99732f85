/** I9: which addresses may be called, however they are written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import {
  classifyAddress,
  classifyAddressOfAllowedName,
  createEgressPolicy,
} from "./address-policy.ts";
import cases from "./cases/addresses.json" with { type: "json" };
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
    const verdict = classifyAddress(one.ip, policyOf(one), one.port ?? 443);
    assert.equal(verdict.allowed, one.allowed);
  });
}

test("agrees with ipaddr.js on every IPv4 address but the Azure host agent", () => {
  fc.assert(
    fc.property(fc.ipV4(), (ip) => {
      const isUnicast = ipaddr.IPv4.parse(ip).range() === "unicast";
      const verdict = classifyAddress(ip, NOTHING_ALLOWED, 443);
      assert.equal(verdict.allowed, isUnicast && ip !== "168.63.129.16", ip);
    }),
    { numRuns: 5000 },
  );
});

test("agrees with ipaddr.js at both ends of every IPv4 block of 65,536 addresses", () => {
  for (let block = 0; block < 65_536; block += 1) {
    for (const tail of ["0.0", "255.255"]) {
      const ip = `${block >> 8}.${block & 255}.${tail}`;
      const isUnicast = ipaddr.IPv4.parse(ip).range() === "unicast";
      assert.equal(classifyAddress(ip, NOTHING_ALLOWED, 443).allowed, isUnicast, ip);
    }
  }
});

test("never allows an IPv6 address that ipaddr.js calls special", () => {
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

test("judges an IPv6 address alike in every spelling", () => {
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

test("allows an allowed name to point anywhere but at this server and at unspecified addresses", () => {
  const policy = createEgressPolicy({ ownListeners: [{ host: "127.0.0.1", port: 8080 }] });
  assert.equal(classifyAddressOfAllowedName("10.0.0.1", policy, 8080).allowed, true);
  assert.equal(classifyAddressOfAllowedName("127.0.0.1", policy, 9000).allowed, true);
  assert.equal(classifyAddressOfAllowedName("127.0.0.1", policy, 8080).allowed, false);
  assert.equal(classifyAddressOfAllowedName("0.0.0.0", policy, 9000).allowed, false);
  assert.equal(classifyAddressOfAllowedName("::ffff:127.0.0.1", policy, 9000).allowed, false);
});

function policyOf(one: AddressCase) {
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
