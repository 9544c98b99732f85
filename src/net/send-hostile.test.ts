/** Hostile and faulty receivers. Every attempt ends by its deadline (I5). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "node:net";
import { reset } from "../../test/harness/reset.ts";
import { openDnsServer } from "../../test/net/dns-server.ts";
import { HEAD } from "../../test/net/hostile-heads.ts";
import { HOSTILE_CASES, openHostile } from "../../test/net/hostile-receivers.ts";
import { onRequest, openReceiver, pour, until } from "../../test/net/receiver.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";

/** Cases that must end by their deadline have a short one; the others must not reach it on a busy machine. */
const DEADLINES_MS = { timeout: 150, truncated: 1500, other: 5000 };

function toDeadline(want: string): number {
  if (want === "timeout") return DEADLINES_MS.timeout;
  return want.endsWith("truncated") ? DEADLINES_MS.truncated : DEADLINES_MS.other;
}

for (const one of HOSTILE_CASES) {
  const { title, want, largeBody } = one;
  test(`an attempt ends with ${want} when a receiver ${title}, and leaves no socket behind`, async () => {
    await using receiver = await openHostile(one);
    await using sender = openTestSender();
    const outcome = await sender.send({
      ...requestTo(receiver.url),
      body: largeBody === true ? "x".repeat(20_000_000) : "{}",
      deadlineMs: toDeadline(want),
    });
    assert.equal(describeOutcome(outcome), want);
    if (outcome.kind === "response") assert.ok(outcome.body.length <= 16_384);
    if (want === "200") return;
    assert.equal(sender.openSockets(), 0);
    await until(() => receiver.openSockets() === 0 || one.largeBody === true);
  });
}

test("a response that is late but in time is accepted after interim responses", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      socket.write("HTTP/1.1 102 Processing\r\n\r\n");
      setTimeout(() => socket.write(`${HEAD}content-length: 0\r\n\r\n`), 100);
    });
  });
  await using sender = openTestSender();
  const outcome = await sender.send({ ...requestTo(receiver.url), deadlineMs: 5000 });
  assert.equal(describeOutcome(outcome), "200");
});

test("a request continues over a new connection after a kept one was reset", async () => {
  const sockets: Socket[] = [];
  await using receiver = await openReceiver((socket, counts) => {
    sockets.push(socket);
    onRequest(socket, counts, () => socket.write(`${HEAD}content-length: 0\r\n\r\n`));
  });
  await using sender = openTestSender();
  assert.equal(describeOutcome(await sender.send(requestTo(receiver.url))), "200");
  assert.equal(sender.openSockets(), 1);
  reset(sockets[0] as Socket);
  await until(() => sender.openSockets() === 0);
  assert.equal(describeOutcome(await sender.send(requestTo(receiver.url))), "200");
  assert.equal(receiver.counts.connections, 2);
});

test("an attempt cancelled during the TLS handshake closes its socket", async () => {
  const stop = new AbortController();
  await using receiver = await openReceiver((socket) => {
    socket.resume();
    stop.abort();
  });
  await using sender = openTestSender();
  const url = receiver.url.replace("http:", "https:");
  const outcome = await sender.send({ ...requestTo(url), signal: stop.signal });
  assert.equal(describeOutcome(outcome), "cancelled");
  await until(() => receiver.openSockets() === 0);
});

test("only the wanted part of an endless body is read", async () => {
  let pump: Socket | undefined;
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      pump = socket;
      socket.write(`${HEAD}connection: close\r\n\r\n`);
      pour(socket, Buffer.alloc(65_536));
    });
  });
  await using sender = openTestSender();
  const outcome = await sender.send(requestTo(receiver.url));
  assert.equal(describeOutcome(outcome), "200 truncated");
  assert.equal(outcome.kind === "response" && outcome.body.length, 16_384);
  await until(() => receiver.openSockets() === 0);
  assert.ok((pump?.bytesWritten ?? 0) < 33_554_432, `${pump?.bytesWritten} bytes were taken`);
});

test("an attempt ends with tls when a receiver answers a TLS handshake in plain text", async () => {
  await using receiver = await openReceiver((socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  await using sender = openTestSender();
  const url = receiver.url.replace("http:", "https:");
  assert.equal(describeOutcome(await sender.send(requestTo(url))), "tls");
});

test("an attempt ends with timeout when DNS never answers, and holds no socket", async () => {
  await using dns = await openDnsServer(() => ({ silent: true }));
  await using sender = openTestSender({ servers: [dns.address] });
  const outcome = await sender.send({
    ...requestTo("http://dead.example.com/"),
    deadlineMs: DEADLINES_MS.timeout,
  });
  assert.equal(describeOutcome(outcome), "timeout");
  assert.equal(sender.openSockets(), 0);
});

test("an attempt ends with refused when no server listens", async () => {
  const receiver = await openReceiver(() => {});
  await receiver[Symbol.asyncDispose]();
  await using sender = openTestSender();
  assert.equal(describeOutcome(await sender.send(requestTo(receiver.url))), "refused");
});

test("surplus bytes of one response are not taken for the response to the next request", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      const answer = `HTTP/1.1 ${counts.requests.length === 1 ? 200 : 201} A\r\ncontent-length: 0\r\n\r\n`;
      socket.write(counts.requests.length === 1 ? answer + answer.replace("200", "299") : answer);
    });
  });
  await using sender = openTestSender();
  assert.equal(describeOutcome(await sender.send(requestTo(receiver.url))), "200");
  assert.equal(describeOutcome(await sender.send(requestTo(receiver.url))), "201");
});

test("a receiver that hangs does not affect the others", async () => {
  await using dead = await openReceiver(() => {});
  await using alive = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => socket.write(`${HEAD}content-length: 0\r\n\r\n`));
  });
  await using sender = openTestSender();
  const hanging = Array.from({ length: 100 }, () =>
    sender.send({ ...requestTo(dead.url), deadlineMs: 60_000 }),
  );
  for (let count = 0; count < 50; count += 1) {
    assert.equal(describeOutcome(await sender.send(requestTo(alive.url))), "200");
  }
  await sender.close();
  const ends = await Promise.all(hanging);
  assert.deepEqual(new Set(ends.map(describeOutcome)), new Set(["cancelled"]));
});

type Ended = Awaited<ReturnType<ReturnType<typeof openTestSender>["send"]>>;

function describeOutcome(outcome: Ended): string {
  if (outcome.kind === "failed") return outcome.reason;
  return outcome.bodyTruncated ? `${outcome.status} truncated` : String(outcome.status);
}
