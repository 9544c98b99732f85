/**
 * Kept connections: when a request is sent once more, which connections are not reused, and how many are
 * kept.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "node:net";
import { reset } from "../../test/harness/reset.ts";
import { onRequest, openReceiver, until } from "../../test/net/receiver.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";
import { createBrokenOrigins } from "./connect/broken-origins.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/** Answers the first request on each connection and does this to the next. */
function openBreaking(onNext: (socket: Socket) => void) {
  return openReceiver((socket, counts) => {
    let isFirst = true;
    onRequest(socket, counts, () => {
      if (isFirst) socket.write(OK);
      else onNext(socket);
      isFirst = false;
    });
  });
}

for (const [how, act] of [
  ["reset", reset],
  ["closed", (socket: Socket) => socket.end()],
] as const) {
  test(`a kept connection that is ${how} during a request costs no attempt: it is sent once more on a new one`, async () => {
    await using receiver = await openBreaking(act);
    await using sender = openTestSender();
    const first = await sender.send(requestTo(receiver.url));
    assert.equal(first.isResent, false);
    const outcome = await sender.send(requestTo(receiver.url));
    assert.equal(outcome.kind === "response" && outcome.status, 200);
    assert.equal(outcome.isResent, true);
    assert.equal(receiver.counts.connections, 2);
    assert.equal(receiver.counts.requests.length, 3);
  });
}

test("a receiver that resets every reused connection loses nothing, and after two its connections are not reused", async () => {
  await using receiver = await openBreaking(reset);
  await using sender = openTestSender();
  let resent = 0;
  for (let n = 0; n < 30; n += 1) {
    const outcome = await sender.send(requestTo(receiver.url));
    assert.equal(outcome.kind === "response" && outcome.status, 200);
    if (outcome.isResent === true) resent += 1;
  }
  assert.equal(resent, 2);
  assert.equal(receiver.counts.requests.length, 32);
  assert.match(receiver.counts.requests[0] ?? "", /connection: keep-alive/);
  assert.match(receiver.counts.requests.at(-1) ?? "", /connection: close/);
});

test("a request on a new connection that breaks is not sent once more", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => reset(socket));
  });
  await using sender = openTestSender();
  const outcome = await sender.send(requestTo(receiver.url));
  assert.equal(outcome.kind === "failed" && outcome.reason, "reset");
  assert.equal(receiver.counts.requests.length, 1);
});

test("a repeat that breaks on the new connection too is one failure", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      if (counts.requests.length === 1) socket.write(OK);
      else reset(socket);
    });
  });
  await using sender = openTestSender();
  await sender.send(requestTo(receiver.url));
  const outcome = await sender.send(requestTo(receiver.url));
  assert.equal(outcome.kind === "failed" && outcome.reason, "reset");
  assert.equal(outcome.isResent, true);
  assert.equal(receiver.counts.requests.length, 3);
});

test("a request is not sent once more after a byte of its response has arrived", async () => {
  await using receiver = await openBreaking((socket) => {
    socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    setTimeout(() => reset(socket), 30);
  });
  await using sender = openTestSender();
  await sender.send(requestTo(receiver.url));
  const outcome = await sender.send(requestTo(receiver.url));
  assert.equal(outcome.kind === "failed" && outcome.reason, "reset");
  assert.equal(receiver.counts.requests.length, 2);
});

test("a receiver that dies more than a second into a request does not get it twice", async () => {
  await using receiver = await openBreaking((socket) => setTimeout(() => reset(socket), 1100));
  await using sender = openTestSender();
  await sender.send(requestTo(receiver.url));
  const outcome = await sender.send(requestTo(receiver.url));
  assert.equal(outcome.kind === "failed" && outcome.reason, "reset");
  assert.equal(receiver.counts.requests.length, 2);
});

test("a large request that the kernel takes in parts is not sent twice either, more than a second after its end", async () => {
  const body = "b".repeat(16 * 1024 * 1024);
  await using receiver = await openBreaking((socket) => setTimeout(() => reset(socket), 1100));
  await using sender = openTestSender();
  await sender.send(requestTo(receiver.url));
  const outcome = await sender.send({ ...requestTo(receiver.url), body });
  assert.equal(outcome.kind === "failed" && outcome.reason, "reset");
  assert.equal(receiver.counts.requests.length, 2);
});

test("a request that times out on a kept connection is not sent once more", async () => {
  await using receiver = await openBreaking(() => {});
  await using sender = openTestSender();
  await sender.send(requestTo(receiver.url));
  const outcome = await sender.send({ ...requestTo(receiver.url), deadlineMs: 100 });
  assert.equal(outcome.kind === "failed" && outcome.reason, "timeout");
  assert.equal(receiver.counts.requests.length, 2);
});

test("a retry never uses a kept connection", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => socket.write(OK));
  });
  await using sender = openTestSender();
  await sender.send(requestTo(receiver.url));
  await sender.send({ ...requestTo(receiver.url), isRetry: true });
  assert.equal(receiver.counts.connections, 2);
  await sender.send(requestTo(receiver.url));
  assert.equal(receiver.counts.connections, 2);
});

const NOT_REUSED: readonly (readonly [what: string, answer: string])[] = [
  ["a second answer behind the first", `${OK}${OK}`],
  ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-length: 5\r\n\r\n"],
  [
    "a length and chunks",
    "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["lines that end in LF alone", "HTTP/1.1 200 OK\ncontent-length: 0\n\n"],
  ["chunks that end in LF alone", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\n\n"],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n"],
  ["Connection: close", "HTTP/1.1 200 OK\r\nconnection: x, Close\r\ncontent-length: 0\r\n\r\n"],
  ["a body behind a 204", "HTTP/1.1 204 No Content\r\n\r\nabc"],
  [
    "a timeout of two seconds",
    "HTTP/1.1 200 OK\r\nkeep-alive: timeout=2\r\ncontent-length: 0\r\n\r\n",
  ],
];

for (const [what, answer] of NOT_REUSED) {
  test(`a connection is not reused after a response with ${what}`, async () => {
    await using receiver = await openReceiver((socket, counts) => {
      onRequest(socket, counts, () => socket.write(answer));
    });
    await using sender = openTestSender();
    for (let n = 0; n < 2; n += 1) {
      const outcome = await sender.send(requestTo(receiver.url));
      assert.equal(outcome.kind, "response");
      assert.equal(sender.openSockets(), 0);
    }
    assert.equal(receiver.counts.connections, 2);
  });
}

test("a connection on which the receiver sends data without a request is dropped", async () => {
  const sockets: Socket[] = [];
  await using receiver = await openReceiver((socket, counts) => {
    sockets.push(socket);
    onRequest(socket, counts, () => socket.write(OK));
  });
  await using sender = openTestSender();
  await sender.send(requestTo(receiver.url));
  assert.equal(sender.openSockets(), 1);
  sockets[0]?.write(OK);
  await until(() => sender.openSockets() === 0);
});

test("a response before the whole request was read ends the connection", async () => {
  await using receiver = await openReceiver((socket) => {
    socket.once("data", () => {
      socket.pause();
      socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n");
    });
  });
  await using sender = openTestSender();
  const outcome = await sender.send({ ...requestTo(receiver.url), body: "x".repeat(20_000_000) });
  assert.equal(outcome.kind === "response" && outcome.status, 413);
  assert.equal(sender.openSockets(), 0);
});

test("a steady fan-out of 300 concurrent requests to one origin reuses its connections", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => setTimeout(() => socket.write(OK), 20));
  });
  await using sender = openTestSender();
  const fanOut = async () => {
    const requests = Array.from({ length: 300 }, () => sender.send(requestTo(receiver.url)));
    for (const outcome of await Promise.all(requests)) assert.equal(outcome.kind, "response");
  };
  for (let round = 0; round < 5; round += 1) await fanOut();
  assert.equal(receiver.counts.requests.length, 1500);
  assert.equal(receiver.counts.connections, 300);
});

test("an origin that broke kept connections twice is remembered for an hour, and the number of origins is bounded", () => {
  let now = 0;
  const broken = createBrokenOrigins(() => now);
  broken.note("a");
  assert.equal(broken.has("a"), false);
  broken.note("a");
  assert.equal(broken.has("a"), true);
  now = 3_599_999;
  assert.equal(broken.has("a"), true);
  now = 3_600_000;
  assert.equal(broken.has("a"), false);
  broken.note("a");
  assert.equal(broken.has("a"), false);
  broken.note("a");
  for (let n = 0; n < 5000; n += 1) broken.note(`b${n}`);
  assert.equal(broken.has("a"), false, "the oldest is forgotten first");
});
