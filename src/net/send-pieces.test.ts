/** All plain connections are read into one buffer, so an answer in pieces must keep none of its bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "node:net";
import { onRequest, openReceiver } from "../../test/net/receiver.ts";
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
