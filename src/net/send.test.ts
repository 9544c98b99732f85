import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { openDnsServer } from "../../test/net/dns-server.ts";
import type { DnsRecords } from "../../test/net/dns-server.ts";
import { onRequest, openAnswering, openReceiver, until } from "../../test/net/receiver.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

test("a POST sends the body unchanged, with the given headers and without asking for compression", async () => {
  await using receiver = await openAnswering(OK);
  await using sender = openTestSender();
  const outcome = await sender.send({
    ...requestTo(`${receiver.url}?a=b%20c`),
    headers: ["content-type", "application/json", "webhook-id", "msg_1"],
    body: '{"text":"grüße"}',
  });
  assert.equal(outcome.kind, "response");
  const [request = ""] = receiver.counts.requests;
  assert.match(request, /^POST \/hook\?a=b%20c HTTP\/1\.1\r\n/);
  assert.match(request, new RegExp(`\r\nhost: 127.0.0.1:${receiver.port}\r\n`));
  assert.match(request, /\r\naccept-encoding: identity\r\n/);
  assert.match(request, /\r\ncontent-type: application\/json\r\nwebhook-id: msg_1\r\n/);
  assert.match(request, /\r\ncontent-length: 18\r\n/);
  assert.equal(
    Buffer.from(request.split("\r\n\r\n")[1] ?? "", "latin1").toString(),
    '{"text":"grüße"}',
  );
});

test("a PUT sends bytes, and a GET has no body", async () => {
  await using receiver = await openAnswering(OK);
  await using sender = openTestSender();
  const body = new Uint8Array([0x7b, 0x7d]);
  await sender.send({ ...requestTo(receiver.url), method: "PUT", headers: { "x-a": "1" }, body });
  await sender.send({ ...requestTo(receiver.url), method: "GET", body: null });
  const [put = "", get = ""] = receiver.counts.requests;
  assert.match(put, /^PUT .*\r\nx-a: 1\r\n.*\{\}$/s);
  assert.match(get, /^GET /);
  assert.doesNotMatch(get, /content-length/);
});

test("the outcome has the status, the relevant headers and the body", async () => {
  await using receiver = await openAnswering(
    "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\ncontent-type: text/plain\r\ncontent-length: 6\r\n\r\nsp\u00e4ter".replace(
      "\u00e4",
      "a",
    ),
  );
  await using sender = openTestSender();
  const outcome = await sender.send(requestTo(receiver.url));
  assert.ok(outcome.kind === "response");
  assert.deepEqual(
    { ...outcome, durationMs: 0 },
    {
      kind: "response",
      status: 503,
      headers: { retryAfter: "7", contentType: "text/plain" },
      hasBrokenHead: false,
      body: "spater",
      bodyTruncated: false,
      isResent: false,
      durationMs: 0,
    },
  );
});

test("no redirect is followed", async () => {
  await using other = await openAnswering(OK);
  await using receiver = await openAnswering(
    `HTTP/1.1 307 Moved\r\nlocation: ${other.url}\r\ncontent-length: 0\r\n\r\n`,
  );
  await using sender = openTestSender();
  const outcome = await sender.send(requestTo(receiver.url));
  assert.ok(outcome.kind === "response");
  assert.equal(outcome.status, 307);
  assert.equal(outcome.headers.location, other.url);
  assert.equal(other.counts.connections, 0);
});

test("a body is not decompressed, and NUL does not reach the text", async () => {
  const packed = gzipSync(Buffer.alloc(1_000_000));
  const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`;
  await using receiver = await openAnswering(Buffer.concat([Buffer.from(head), packed]));
  await using sender = openTestSender();
  const outcome = await sender.send(requestTo(receiver.url));
  assert.ok(outcome.kind === "response");
  assert.ok(outcome.body.startsWith("\u001f\uFFFD\b"), "the bytes as they came");
  assert.ok(outcome.body.length <= packed.length);
  assert.equal(outcome.body.includes("\0"), false);
});

test("a long body is cut between characters", async () => {
  const body = "ä".repeat(20_000);
  await using receiver = await openAnswering(
    `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body) + 1}\r\n\r\n-${body}`,
  );
  await using sender = openTestSender();
  const outcome = await sender.send(requestTo(receiver.url));
  assert.ok(outcome.kind === "response");
  assert.equal(outcome.bodyTruncated, true);
  assert.equal(outcome.body, `-${"ä".repeat(8191)}`);
});

test("consecutive requests share one connection, unless it is to be closed", async () => {
  await using receiver = await openAnswering(OK);
  await using sender = openTestSender();
  for (let count = 0; count < 5; count += 1) await sender.send(requestTo(receiver.url));
  assert.equal(receiver.counts.connections, 1);
  assert.equal(receiver.counts.requests.length, 5);

  await using closing = await openAnswering(
    OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"),
  );
  for (let count = 0; count < 3; count += 1) await sender.send(requestTo(closing.url));
  assert.equal(closing.counts.connections, 3);
});

test("concurrent requests have separate connections", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, (text) => {
      const number = text.split("\r\n\r\n")[1] ?? "";
      const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${number.length}\r\n\r\n${number}`;
      // The receiver answers no request before all have arrived.
      if (counts.requests.length === 20) receiverReady.resolve();
      void receiverReady.promise.then(() => socket.write(answer));
    });
  });
  const receiverReady = Promise.withResolvers<void>();
  await using sender = openTestSender();
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      sender.send({ ...requestTo(receiver.url), body: String(number), deadlineMs: 5000 }),
    ),
  );
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.kind === "response" ? outcome.body : outcome.reason)),
    Array.from({ length: 20 }, (_, number) => String(number)),
  );
  assert.equal(receiver.counts.connections, 20);
});

test("a new connection is opened when the kept one was closed meanwhile", async () => {
  const sockets: Socket[] = [];
  await using receiver = await openReceiver((socket, counts) => {
    sockets.push(socket);
    onRequest(socket, counts, () => socket.write(OK));
  });
  await using sender = openTestSender();
  for (let count = 0; count < 3; count += 1) {
    assert.equal((await sender.send(requestTo(receiver.url))).kind, "response");
    sockets.at(-1)?.end();
    await until(() => sender.openSockets() === 0);
  }
  assert.equal(receiver.counts.connections, 3);
});

test("the number of open sockets never exceeds its limit, and idle ones are closed first", async () => {
  await using first = await openAnswering(OK);
  await using second = await openReceiver(() => {});
  await using sender = openTestSender({ maxSockets: 1 });
  assert.equal((await sender.send(requestTo(first.url))).kind, "response");
  assert.equal(sender.openSockets(), 1);
  const waiting = sender.send({ ...requestTo(second.url), deadlineMs: 200 });
  assert.equal(sender.openSockets(), 1);
  const refused = await sender.send(requestTo(first.url));
  assert.equal(refused.kind === "failed" && refused.reason, "internal");
  await waiting;
  assert.equal(sender.openSockets(), 0);
});

test("one of two senders opens half of the sockets", async () => {
  await using receiver = await openReceiver(() => {});
  await using sender = openTestSender({ maxSockets: 5, senders: 2 });
  const waiting = [1, 2].map(() => sender.send({ ...requestTo(receiver.url), deadlineMs: 200 }));
  const refused = await sender.send(requestTo(receiver.url));
  assert.equal(refused.kind === "failed" && refused.reason, "internal");
  assert.equal(sender.openSockets(), 2);
  for (const sent of await Promise.all(waiting)) {
    assert.equal(sent.kind === "failed" && sent.reason, "timeout");
  }
});

test("a signal cancels at once, before and during a request", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => stop.abort());
  });
  const stop = new AbortController();
  await using sender = openTestSender();
  const request = { ...requestTo(receiver.url), deadlineMs: 60_000, signal: stop.signal };
  const during = await sender.send(request);
  assert.equal(during.kind === "failed" && during.reason, "cancelled");
  const before = await sender.send(request);
  assert.equal(before.kind === "failed" && before.reason, "cancelled");
  assert.equal(receiver.counts.requests.length, 1);
});

test("closing cancels requests in flight, and later ones are not sent", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => void sender.close());
  });
  await using sender = openTestSender();
  const outcome = await sender.send({ ...requestTo(receiver.url), deadlineMs: 60_000 });
  assert.equal(outcome.kind === "failed" && outcome.reason, "cancelled");
  assert.equal(sender.openSockets(), 0);
  const after = await sender.send(requestTo(receiver.url));
  assert.equal(after.kind === "failed" && after.reason, "cancelled");
});

test("invalid headers and URLs are a fault of the request, not of the server", async () => {
  await using sender = openTestSender();
  const badHeader = await sender.send({
    ...requestTo("http://127.0.0.1:9/"),
    url: "http://127.0.0.1:9000/",
    headers: { "x-a": "a\r\nb" },
  });
  assert.equal(badHeader.kind === "failed" && badHeader.reason, "protocol");
  const badUrl = await sender.send(requestTo("nonsense"));
  assert.equal(badUrl.kind === "failed" && badUrl.reason, "protocol");
  assert.equal(sender.openSockets(), 0);
});

test("literals that the policy refuses are refused, and a new policy applies at once", async () => {
  await using receiver = await openAnswering(OK);
  await using sender = openTestSender();
  assert.equal((await sender.send(requestTo(receiver.url))).kind, "response");
  sender.allow("");
  const outcome = await sender.send(requestTo(receiver.url));
  assert.ok(outcome.kind === "failed");
  assert.equal(outcome.reason, "blocked");
  assert.doesNotMatch(outcome.detail, /127/);
  assert.match(outcome.operatorHint ?? "", /127\.0\.0\.1.*HOOKLINE_EGRESS_ALLOW/);
  assert.equal(receiver.counts.connections, 1);
});

const DNS_CASES: readonly { title: string; records?: DnsRecords; want: string }[] = [
  {
    title: "calls a name whose every address is allowed",
    records: { a: ["127.0.0.1"] },
    want: "200",
  },
  { title: "refuses a name that points inside", records: { a: ["10.0.0.1"] }, want: "blocked" },
  {
    title: "refuses a name when any one of its addresses is bad",
    records: { a: ["127.0.0.1", "169.254.169.254"] },
    want: "blocked",
  },
  {
    title: "refuses a name when only its IPv6 address is bad",
    records: { a: ["127.0.0.1"], aaaa: ["fd00:ec2::254"] },
    want: "blocked",
  },
  { title: "says when a name does not exist", want: "dns_not_found" },
  { title: "says when DNS fails", records: { serverFailure: true }, want: "dns_failure" },
];

for (const { title, records, want } of DNS_CASES) {
  test(title, async () => {
    await using receiver = await openAnswering(OK);
    await using dns = await openDnsServer(() => records);
    await using sender = openTestSender({ servers: [dns.address] });
    const outcome = await sender.send(requestTo(`http://hook.example.com:${receiver.port}/`));
    assert.equal(outcome.kind === "failed" ? outcome.reason : String(outcome.status), want);
    assert.equal(receiver.counts.connections, want === "200" ? 1 : 0);
  });
}

test("a name is checked again for each connection, so rebinding it does not help", async () => {
  await using receiver = await openAnswering(
    OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"),
  );
  let address = "127.0.0.1";
  let nowMs = 0;
  await using dns = await openDnsServer(() => ({ a: [address], ttlSeconds: 0 }));
  await using sender = openTestSender({ servers: [dns.address], nowMs: () => nowMs });
  const request = requestTo(`http://rebind.example.com:${receiver.port}/`);
  assert.equal((await sender.send(request)).kind, "response");
  address = "10.0.0.1";
  nowMs = 5000;
  const second = await sender.send(request);
  assert.equal(second.kind === "failed" && second.reason, "blocked");
});

test("an allowed name is resolved by the system and may point anywhere except to this server's listener", async () => {
  await using receiver = await openAnswering(OK);
  await using sender = openTestSender({ allow: "localhost" });
  const request = requestTo(`http://localhost:${receiver.port}/`);
  const outcome = await sender.send(request);
  assert.equal(outcome.kind, "response");
  sender.allow("localhost", [{ host: "127.0.0.1", port: receiver.port }]);
  const own = await sender.send(request);
  assert.equal(own.kind === "failed" && own.reason, "blocked");
});
