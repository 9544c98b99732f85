import assert from "node:assert/strict";
import { test } from "node:test";
import { openDnsServer } from "../../../test/net/dns-server.ts";
import type { DnsRecords } from "../../../test/net/dns-server.ts";
import { createResolver } from "./resolver.ts";
import type { ResolverOptions } from "./resolver.ts";

async function openPair(
  answer: (name: string) => DnsRecords | undefined,
  options: ResolverOptions = {},
) {
  const server = await openDnsServer(answer);
  const resolver = createResolver({
    servers: [server.address],
    queryTimeoutMs: 2000,
    tries: 1,
    ...options,
  });
  return {
    resolver,
    asked: server.asked,
    async [Symbol.asyncDispose]() {
      resolver.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("all addresses of a name are returned, IPv4 first", async () => {
  await using pair = await openPair(() => ({
    a: ["192.0.2.1", "192.0.2.2"],
    aaaa: ["2001:db8::1"],
    slowSix: true,
  }));
  assert.deepEqual(await pair.resolver.resolve("both.test", "dns"), {
    ok: true,
    addresses: ["192.0.2.1", "192.0.2.2", "2001:db8::1"],
  });
});

test("the addresses of one family are returned when the other has none, fails or does not answer", async () => {
  await using pair = await openPair((name) =>
    name === "six.test" ? { aaaa: ["2001:db8::1"] } : { a: ["192.0.2.1"], silentSix: true },
  );
  assert.deepEqual(await pair.resolver.resolve("six.test", "dns"), {
    ok: true,
    addresses: ["2001:db8::1"],
  });
  assert.deepEqual(await pair.resolver.resolve("four.test", "dns"), {
    ok: true,
    addresses: ["192.0.2.1"],
  });
});

test("a name that does not exist or has no address is distinguished from a failing server", async () => {
  await using pair = await openPair((name) => {
    if (name === "empty.test") return {};
    return name === "broken.test" ? { serverFailure: true } : undefined;
  });
  const toReason = async (name: string) => {
    const resolution = await pair.resolver.resolve(name, "dns");
    return resolution.ok ? "ok" : resolution.reason;
  };
  assert.equal(await toReason("missing.test"), "dns_not_found");
  assert.equal(await toReason("empty.test"), "dns_not_found");
  assert.equal(await toReason("broken.test"), "dns_failure");
});

test("an answer too long for a datagram is accepted, and an endless one is refused", async () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `192.0.2.${n % 250}`);
  await using pair = await openPair((name) =>
    name === "long.test"
      ? { a: many(64), aliases: [`${"a".repeat(60)}.${"b".repeat(60)}.test`] }
      : { a: many(3000) },
  );
  const long = await pair.resolver.resolve("long.test", "dns");
  assert.equal(long.ok && long.addresses.length, 64);
  const endless = await pair.resolver.resolve("endless.test", "dns");
  assert.ok(!endless.ok);
  assert.equal(endless.reason, "dns_failure");
  assert.match(endless.detail, /more than 64 addresses/);
});

test("a loop of aliases is a name without an address, since the resolver follows none", async () => {
  await using pair = await openPair((name) =>
    name === "chain.test"
      ? { aliases: ["b.test", "c.test"], a: ["192.0.2.9"] }
      : { aliases: ["b.test", "loop.test", "b.test"] },
  );
  const chain = await pair.resolver.resolve("chain.test", "dns");
  assert.deepEqual(chain.ok && chain.addresses, ["192.0.2.9"]);
  const loop = await pair.resolver.resolve("loop.test", "dns");
  assert.equal(loop.ok ? "ok" : loop.reason, "dns_not_found");
  assert.deepEqual(pair.asked, ["chain.test", "loop.test"]);
});

test("a lookup ends at its limit when the servers do not answer", async () => {
  await using pair = await openPair(() => ({ silent: true }), {
    limitMs: 30,
    queryTimeoutMs: 60_000,
  });
  const resolution = await pair.resolver.resolve("dead.test", "dns");
  assert.equal(resolution.ok ? "ok" : resolution.reason, "dns_failure");
});

test("one query is made for a name, however many callers wait for it", async () => {
  await using pair = await openPair(() => ({ a: ["192.0.2.1"] }));
  const all = Array.from({ length: 50 }, () => pair.resolver.resolve("one.test", "dns"));
  assert.equal(new Set((await Promise.all(all)).map((one) => JSON.stringify(one))).size, 1);
  assert.deepEqual(pair.asked, ["one.test"]);
});

for (const { ttlSeconds, keptMs, goneMs } of [
  { ttlSeconds: 0, keptMs: 4999, goneMs: 5000 },
  { ttlSeconds: 30, keptMs: 29_999, goneMs: 30_000 },
  { ttlSeconds: 86_400, keptMs: 59_999, goneMs: 60_000 },
]) {
  test(`an answer with a TTL of ${ttlSeconds} s is kept for ${goneMs} ms`, async () => {
    let nowMs = 0;
    await using pair = await openPair(() => ({ a: ["192.0.2.1"], ttlSeconds }), {
      nowMs: () => nowMs,
    });
    await pair.resolver.resolve("kept.test", "dns");
    nowMs = keptMs;
    await pair.resolver.resolve("kept.test", "dns");
    assert.equal(pair.asked.length, 1);
    nowMs = goneMs;
    await pair.resolver.resolve("kept.test", "dns");
    assert.equal(pair.asked.length, 2);
  });
}

test("a failure is kept for five seconds", async () => {
  let nowMs = 0;
  await using pair = await openPair(() => undefined, { nowMs: () => nowMs });
  for (nowMs of [0, 4999, 5000]) await pair.resolver.resolve("missing.test", "dns");
  assert.equal(pair.asked.length, 2);
});

test("the number of cached names is limited, and the latest ones are kept", async () => {
  await using pair = await openPair(() => ({ a: ["192.0.2.1"] }), { namesLimit: 2 });
  for (const name of ["a.test", "b.test", "c.test", "c.test", "b.test", "a.test"]) {
    await pair.resolver.resolve(name, "dns");
  }
  assert.deepEqual(pair.asked, ["a.test", "b.test", "c.test", "a.test"]);
});

test("lookups beyond the limit are refused as a fault of the server, and work again later", async () => {
  await using pair = await openPair(() => ({ a: ["192.0.2.1"] }), { lookupsLimit: 1 });
  const first = pair.resolver.resolve("a.test", "dns");
  const second = await pair.resolver.resolve("b.test", "dns");
  assert.equal(second.ok ? "ok" : second.reason, "internal");
  assert.equal((await first).ok, true);
  assert.equal((await pair.resolver.resolve("b.test", "dns")).ok, true);
});

test("a name is resolved by the system when requested, without a DNS query", async () => {
  await using pair = await openPair(() => undefined);
  const resolution = await pair.resolver.resolve("localhost", "system");
  assert.ok(resolution.ok);
  assert.ok(resolution.addresses.includes("127.0.0.1") || resolution.addresses.includes("::1"));
  assert.deepEqual(pair.asked, []);
});
