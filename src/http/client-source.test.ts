import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIpRange } from "../net/policy/ip-number.ts";
import { startNativeApi } from "../../test/harness/native-api.ts";
import { startServer, temporaryFolder } from "../../test/harness/server.ts";
import { createClientSource } from "./client-source.ts";

function readSource(
  given: { peer: string; ip?: string; headers?: Record<string, string> },
  trusted: readonly string[] = [],
): { source: string | null; untrusted: number } {
  const ranges = trusted.map(parseIpRange).filter((range) => range !== undefined);
  let untrusted = 0;
  const { peer, ip = peer, headers = {} } = given;
  const source = createClientSource(ranges, () => (untrusted += 1)).findSource({
    ip,
    headers,
    socket: { remoteAddress: peer },
  });
  return { source, untrusted };
}

test("a source is an IPv4 address or an IPv6 /64, in every notation of the socket", () => {
  const of = (peer: string) => readSource({ peer }).source;
  assert.equal(of("::ffff:203.0.113.7"), of("203.0.113.7"));
  assert.notEqual(of("203.0.113.7"), of("203.0.113.8"));
  assert.equal(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  assert.notEqual(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
  assert.equal(of("fe80::1%eth0"), of("fe80::2"));
  assert.equal(of(""), null);
});

test("an untrusted private or loopback peer that forwards requests has no source", () => {
  const headers = { "x-forwarded-for": "203.0.113.7" };
  const unknown = { source: null, untrusted: 1 };
  for (const peer of ["127.0.0.1", "10.1.2.3", "172.18.0.2", "::1", "fd00::5", "::ffff:10.0.0.1"]) {
    assert.deepEqual(readSource({ peer, headers }), unknown, peer);
    assert.notEqual(readSource({ peer }).source, null, peer);
  }
  // Any client may send the header, so a public peer stays the source.
  const open = readSource({ peer: "198.51.100.1", headers });
  assert.deepEqual(open, readSource({ peer: "198.51.100.1" }));
});

test("behind a trusted proxy the source is the client that it names; without a name there is no source", () => {
  const trusted = ["10.0.0.0/8", "fd00::/8"];
  const direct = readSource({ peer: "203.0.113.7" }).source;
  const through = (ip: string) => readSource({ peer: "10.0.0.2", ip }, trusted);
  assert.deepEqual(through("203.0.113.7"), { source: direct, untrusted: 0 });
  assert.equal(through("203.0.113.7:4711").source, direct);
  assert.equal(through("[2001:db8::1]:80").source, readSource({ peer: "2001:db8::2" }).source);
  assert.equal(through("10.0.0.2").source, null);
  assert.equal(through("unknown").source, null);
});

test("wrong passwords through a trusted proxy lock out only the client that sent them", async () => {
  await using api = await startNativeApi({
    HOOKLINE_APIS: "svix,zipwhip",
    HOOKLINE_TRUST_PROXY: "127.0.0.1,10.0.0.0/8",
  });
  const { id: app } = await api.svix.application.create({ name: "Proxied" });
  const body = { number: "+12065550100", username: "desk", password: "right" };
  assert.equal((await api.call("POST", `/app/${app}/line`, { body })).status, 201);
  const login = async (client: string, password: string): Promise<string> => {
    const headers = { "x-forwarded-for": client };
    const url = `${api.url}/user/login?username=desk&password=${password}`;
    return await (await fetch(url, { headers })).text();
  };
  for (let i = 0; i < 10; i++) {
    assert.match(await login(`203.0.113.7, 10.0.0.9`, `wrong${i}`), /password is wrong/);
  }
  assert.match(await login("198.51.100.1, 203.0.113.7", "right"), /Too many failed logins/);
  assert.match(await login("203.0.113.8", "right"), /"success":true/);
});

test("the log reports at the start, and once when it occurs, that sources behind a proxy are unknown", async () => {
  using folder = temporaryFolder();
  await using server = await startServer({
    captureStdout: true,
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_LOG_LEVEL: "info",
    },
  });
  assert.match(server.stdout(), /HOOKLINE_TRUST_PROXY names no proxy/);
  const times = () => server.stdout().split("HOOKLINE_TRUST_PROXY does not name").length - 1;
  assert.equal(times(), 0);
  for (let i = 0; i < 3; i++) {
    const headers = { "x-forwarded-for": "203.0.113.7" };
    await fetch(`${server.url}/user/login?username=desk&password=wrong`, { headers });
  }
  assert.equal(times(), 1);
});
