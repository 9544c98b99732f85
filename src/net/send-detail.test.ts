/** Headers, times and peer of an attempt: of failures by default, and only of phases that it had. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDnsServer } from "../../test/net/dns-server.ts";
import { openConnectProxy } from "../../test/net/proxies.ts";
import { onRequest, openAnswering, openReceiver } from "../../test/net/receiver.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";
import { openTlsReceiver, skipWithoutOpenssl as skip } from "../../test/net/tls-receiver.ts";
import type { AttemptTiming } from "../core/delivery/attempt-detail.ts";
import type { Outcome } from "../core/delivery/outcome.ts";

const BUSY = "HTTP/1.1 503 Busy\r\nretry-after: 5\r\nset-cookie: a=1\r\ncontent-length: 0\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 0\r\n\r\n";

/** The phases that have a time. */
const phases = ({ wire }: Outcome) =>
  Object.entries(wire?.timing ?? {})
    .filter(([, ms]) => ms !== null)
    .map(([name]) => name);

test("a failure has the headers of its answer, the receiver's address and the times of its phases", async () => {
  await using receiver = await openAnswering(BUSY);
  await using dns = await openDnsServer(() => ({ a: ["127.0.0.1"] }));
  await using sender = openTestSender({ keptDetail: "failures", servers: [dns.address] });
  const { port } = new URL(receiver.url);
  const outcome = await sender.send(requestTo(`http://hook.example.com:${port}/`));
  assert.deepEqual(outcome.wire?.headers, [
    ["retry-after", "5"],
    ["content-length", "0"],
  ]);
  assert.equal(outcome.wire?.peer, "127.0.0.1");
  assert.deepEqual(phases(outcome), ["dnsMs", "connectMs", "firstByteMs"]);
});

test("a success has a detail only when all are kept", async () => {
  await using receiver = await openAnswering(OK);
  await using failures = openTestSender({ keptDetail: "failures" });
  assert.equal((await failures.send(requestTo(receiver.url))).wire, undefined);
  await using all = openTestSender({ keptDetail: "all" });
  assert.deepEqual((await all.send(requestTo(receiver.url))).wire?.headers[0], ["x-a", "1"]);
  await using none = openTestSender({ keptDetail: "none" });
  assert.equal((await none.send(requestTo("http://127.0.0.1:1/"))).wire, undefined);
});

test("an attempt on a reused connection has only the time to the first byte", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => socket.write(counts.requests.length === 1 ? OK : BUSY));
  });
  await using sender = openTestSender({ keptDetail: "all" });
  assert.deepEqual(phases(await sender.send(requestTo(receiver.url))), [
    "connectMs",
    "firstByteMs",
  ]);
  const second = await sender.send(requestTo(receiver.url));
  assert.equal(receiver.counts.connections, 1);
  assert.deepEqual(phases(second), ["firstByteMs"]);
  assert.equal(second.wire?.peer, "127.0.0.1");
});

test("an attempt without an answer has the phases that it finished", async () => {
  await using silent = await openReceiver(() => undefined);
  await using sender = openTestSender({ keptDetail: "failures" });
  const late = await sender.send({ ...requestTo(silent.url), deadlineMs: 200 });
  assert.equal(late.kind === "failed" && late.reason, "timeout");
  assert.deepEqual(phases(late), ["connectMs"]);
  assert.deepEqual(late.wire?.headers, []);
  const refused = await sender.send(requestTo("http://127.0.0.1:1/"));
  assert.deepEqual([phases(refused), refused.wire?.peer], [[], null]);
});

test("an address that the policy refuses is not in the detail", async () => {
  await using dns = await openDnsServer(() => ({ a: ["10.1.2.3"] }));
  await using sender = openTestSender({ keptDetail: "all", servers: [dns.address] });
  for (const url of ["http://10.1.2.3/", "http://inside.example.com/"]) {
    const outcome = await sender.send(requestTo(url));
    assert.equal(outcome.kind === "failed" && outcome.reason, "blocked");
    assert.equal(outcome.wire?.peer, null);
    assert.doesNotMatch(JSON.stringify(outcome.wire), /10\.1/);
  }
});

test("behind a proxy the times of the tunnel are shown, and no address", async () => {
  await using receiver = await openAnswering(BUSY);
  await using proxy = await openConnectProxy();
  await using sender = openTestSender({ keptDetail: "failures", proxy: proxy.url });
  const outcome = await sender.send(requestTo(receiver.url));
  assert.equal(outcome.kind === "response" && outcome.status, 503);
  assert.deepEqual(phases(outcome), ["connectMs", "firstByteMs"]);
  assert.equal(outcome.wire?.peer, null);
});

test("the TLS handshake has its time", { skip }, async () => {
  await using receiver = await openTlsReceiver("hook.example.com");
  await using dns = await openDnsServer(() => ({ a: ["127.0.0.1"] }));
  const { address } = dns;
  await using sender = openTestSender({
    keptDetail: "all",
    servers: [address],
    extraCa: [receiver.cert],
  });
  const outcome = await sender.send(requestTo(`https://hook.example.com:${receiver.port}/`));
  assert.deepEqual(phases(outcome), ["dnsMs", "connectMs", "tlsMs", "firstByteMs"]);
  const timing = outcome.wire?.timing as AttemptTiming;
  const sum = Object.values(timing).reduce<number>((all, ms) => all + (ms ?? 0), 0);
  // Each phase is rounded.
  assert.ok(sum <= outcome.durationMs + 4, `${sum} of ${outcome.durationMs} ms`);
});
