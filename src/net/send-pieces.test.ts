/** All plain connections are read into one buffer, so an answer in pieces must keep none of its bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "node:net";
import type { Outcome } from "../core/delivery/outcome.ts";
import { onRequest, openAnswering, openReceiver } from "../../test/net/receiver.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";

const OTHER = "x".repeat(200);
const OTHER_ANSWER = `HTTP/1.1 200 OK\r\ncontent-length: ${OTHER.length}\r\n\r\n${OTHER}`;

for (const [where, first, rest] of [
  ["its head", "HTTP/1.1 503 Busy\r\ncontent-le", "ngth: 11\r\n\r\nhello world"],
  ["its body", "HTTP/1.1 503 Busy\r\ncontent-length: 11\r\n\r\nhello ", "world"],
  [
    "a chunk of its body",
    "HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\nb\r\nhel",
    "lo world\r\n0\r\n\r\n",
  ],
] as const) {
  test(`an answer that is interrupted within ${where} is whole, although others are read meanwhile`, async () => {
    const slow = Promise.withResolvers<Socket>();
    await using receiver = await openReceiver((socket, counts) =>
      onRequest(socket, counts, (request) => {
        if (!request.includes("/slow")) return void socket.write(OTHER_ANSWER);
        socket.write(first);
        slow.resolve(socket);
      }),
    );
    await using sender = openTestSender();
    const interrupted = sender.send(requestTo(receiver.url.replace("/hook", "/slow")));
    const socket = await slow.promise;
    // The answer to the second one is read after the first piece, which was on its way before.
    for (let n = 0; n < 3; n += 1) {
      const other = await sender.send(requestTo(receiver.url));
      assert.equal(other.kind === "response" && other.body, OTHER);
    }
    socket.write(rest);
    const outcome = await interrupted;
    assert.equal(outcome.kind === "response" && outcome.status, 503);
    assert.equal(outcome.kind === "response" && outcome.body, "hello world");
  });
}

test("a body that stops is awaited for a second instead of until the deadline", async (t) => {
  await using receiver = await openAnswering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhi");
  await using sender = openTestSender();
  await sender.send({ ...requestTo(receiver.url), deadlineMs: 100 });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const outcomes: Outcome[] = [];
  void sender.send({ ...requestTo(receiver.url), deadlineMs: 60_000 }).then((outcome) => {
    outcomes.push(outcome);
  });
  while (receiver.counts.requests.length < 2) await turn();
  // Fewer seconds than the deadline has.
  for (let seconds = 0; seconds < 50 && outcomes.length === 0; seconds += 1) {
    for (let turns = 0; turns < 20; turns += 1) await turn();
    t.mock.timers.tick(1000);
    await turn();
  }
  const [outcome] = outcomes;
  assert.equal(outcome?.kind === "response" && outcome.body, "hi");
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
