import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEgressProxy } from "./egress-proxy.ts";

for (const [text, want] of [
  ["http://proxy:3128", "connect proxy 3128 -"],
  ["http://PROXY.example.com", "connect proxy.example.com 80 -"],
  ["http://proxy:3128/", "connect proxy 3128 -"],
  ["socks5://10.0.0.1", "socks5 10.0.0.1 1080 -"],
  ["socks5h://[fd00::1]:9050", "socks5 fd00::1 9050 -"],
  [" http://ann:s3cret@proxy:1 ", "connect proxy 1 ann s3cret"],
  ["socks5://a%40b:p%3A%2F%C3%BC@proxy:1", "socks5 proxy 1 a@b p:/ü"],
] as const) {
  test(`the proxy ${text} is accepted`, () => {
    const parsed = parseEgressProxy(text);
    assert.ok(parsed.ok && parsed.proxy !== null);
    const { kind, host, port, credentials } = parsed.proxy;
    const shown = credentials === null ? "-" : `${credentials.user} ${credentials.password}`;
    assert.equal(`${kind} ${host} ${port} ${shown}`, want);
  });
}

test("an empty setting means no proxy", () => {
  assert.deepEqual(parseEgressProxy(""), { ok: true, proxy: null });
});

test("an invalid proxy is refused, and the refusal repeats no part of it", () => {
  for (const text of [
    "proxy:3128",
    "https://proxy:3128",
    "socks4://proxy",
    "http://",
    "http://proxy:99999",
    "http://proxy/path",
    "http://proxy/?a=b",
    "http://s3cret@proxy",
    "http://:s3cret@proxy",
    "http://an%3An:s3cret@proxy",
    "http://ann:s3cret%0d%0aHost:@proxy",
    "http://ann:s3cret%ff@proxy",
    `http://ann:s3cret${"x".repeat(255)}@proxy`,
  ]) {
    const parsed = parseEgressProxy(text);
    assert.ok(!parsed.ok, text);
    assert.doesNotMatch(parsed.problem, /s3cret|ann/);
  }
});
