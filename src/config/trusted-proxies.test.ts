import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTrustedProxies } from "./trusted-proxies.ts";

test("proxies are comma-separated addresses and CIDRs", () => {
  for (const text of ["", "10.0.0.7", " 172.18.0.0/16 , fd00::/8,::1,", "10.0.0.1/32"]) {
    assert.equal(parseTrustedProxies(text).ok, true, text);
  }
});

test("a proxy that is not an address or an exact CIDR, or that covers every address, is refused", () => {
  for (const text of ["proxy", "10.0.0.1/8", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.1,x"]) {
    assert.equal(parseTrustedProxies(text).ok, false, text);
  }
});
