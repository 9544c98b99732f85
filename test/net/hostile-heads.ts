/**
 * Hostile receivers by the head of their response: heads that only a strict parser refuses, and heads without
 * an end.
 */
import type { HostileCase } from "./hostile-case.ts";
import { drip } from "./receiver.ts";

export const HEAD = "HTTP/1.1 200 OK\r\n";
const EMPTY_200 = `${HEAD}content-length: 0\r\n\r\n`;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

export const HOSTILE_HEADS: readonly HostileCase[] = [
  {
    title: "drips interim answers",
    answer: (socket) => drip(socket, "HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n".repeat(4)),
    want: "protocol",
  },
  {
    title: "floods interim answers",
    answer: (socket) => drip(socket, CONTINUE.repeat(100)),
    want: "protocol",
  },
  {
    title: "sends long interim answers",
    answer: (socket) =>
      drip(socket, `HTTP/1.1 103 Early Hints\r\nlink: ${"l".repeat(30_000)}\r\n\r\n`),
    want: "protocol",
  },
  {
    title: "sends empty lines without end",
    answer: (socket) => drip(socket, "\r\n".repeat(20_000)),
    want: "protocol",
  },
  {
    title: "sends Continue without a request for it",
    answer: (socket) => socket.write(`${CONTINUE}${EMPTY_200}`),
    want: "200",
  },
  {
    title: "folds a header",
    answer: (socket) => socket.write(`${HEAD}x-a: b\r\n c\r\ncontent-length: 0\r\n\r\n`),
    want: "200",
  },
  {
    title: "sends a space before the colon",
    answer: (socket) => socket.write(`${HEAD}Content-Length : 0\r\n\r\n`),
    want: "200",
  },
  {
    title: "ends its lines in LF alone",
    answer: (socket) => socket.write("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
    want: "200",
  },
  {
    title: "sends the same length twice",
    answer: (socket) => socket.write(`${HEAD}content-length: 2\r\ncontent-length: 2\r\n\r\nok`),
    want: "200",
  },
  {
    title: "sends control characters in a header",
    answer: (socket) => socket.write(`${HEAD}x-a: \u0001b\u0000c\rd\r\ncontent-length: 0\r\n\r\n`),
    want: "200",
  },
  {
    title: "sends a line that is not a header",
    answer: (socket) => socket.write(`${HEAD}nonsense\r\ncontent-length: 0\r\n\r\n`),
    want: "200",
  },
  {
    title: "sends 60 KB of headers",
    answer: (socket) =>
      socket.write(
        `${HEAD}${`x-more: ${"d".repeat(1000)}\r\n`.repeat(59)}content-length: 0\r\n\r\n`,
      ),
    want: "200",
  },
  {
    title: "sends no reason and closes without the end of its head",
    answer: (socket) => socket.end("HTTP/1.1 200\n"),
    want: "200 truncated",
  },
  {
    title: "sends a body with a 204",
    answer: (socket) => socket.write("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 500 No\r\n\r\n"),
    want: "204",
  },
  {
    title: "supports only HTTP/2",
    answer: (socket) => socket.write(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100])),
    want: "protocol",
  },
  {
    title: "sends headers without end",
    answer: (socket) => {
      socket.write(HEAD);
      // Each piece is beyond the limit, so that a stall of this machine is not mistaken for the deadline.
      drip(socket, `x-more: ${"d".repeat(4000)}\r\n`.repeat(20));
    },
    want: "headers_too_large",
  },
  {
    title: "sends two different lengths",
    answer: (socket) => socket.write(`${HEAD}content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef`),
    want: "200",
  },
  {
    title: "sends a length and chunks",
    answer: (socket) =>
      socket.write(`${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    want: "200",
  },
  {
    title: "talks nonsense",
    answer: (socket) => socket.write("SSH-2.0-x\r\n\r\n"),
    want: "protocol",
  },
  {
    title: "switches protocols",
    answer: (socket) =>
      socket.write("HTTP/1.1 101 Switch\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
    want: "protocol",
  },
  {
    title: "sends one response too many",
    answer: (socket) =>
      socket.write(`${HEAD}content-length: 0\r\n\r\n${HEAD}content-length: 0\r\n\r\n`),
    want: "200",
  },
];
