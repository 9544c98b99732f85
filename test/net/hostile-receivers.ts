/**
 * Hostile and broken receivers as data: the behaviour of each, and the expected result of an attempt by its
 * deadline. The list has the known resource attacks by receivers, and others that occurred since.
 */
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { reset } from "../harness/reset.ts";
import { HEAD, HOSTILE_HEADS } from "./hostile-heads.ts";
import { drip, onRequest, openReceiver, pour } from "./receiver.ts";
import type { HostileCase } from "./hostile-case.ts";

const BOMB = gzipSync(Buffer.alloc(50_000_000));

export const HOSTILE_CASES: readonly HostileCase[] = [
  { title: "never answers", answer: () => {}, want: "timeout" },
  {
    title: "never reads",
    onConnect: true,
    answer: (socket) => socket.pause(),
    largeBody: true,
    want: "timeout",
  },
  {
    title: "reads slowly",
    onConnect: true,
    answer: (socket) => {
      socket.pause();
      every(socket, 200, () => {
        socket.resume();
        setImmediate(() => socket.pause());
      });
    },
    largeBody: true,
    want: "timeout",
  },
  {
    title: "never finishes the TLS handshake",
    onConnect: true,
    secure: true,
    answer: (socket) => socket.resume(),
    want: "timeout",
  },
  {
    title: "drips a TLS handshake",
    onConnect: true,
    secure: true,
    answer: (socket) => {
      socket.resume();
      // The head of a handshake record of 16 kB, of which a receiver sends one piece after another.
      socket.write(Buffer.from([0x16, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc, 3, 3]));
      drip(socket, "t");
    },
    want: "timeout",
  },
  {
    title: "drips its status line",
    answer: (socket) => {
      socket.write("HTTP/1.1 200 ");
      drip(socket, "O");
    },
    want: "timeout",
  },
  {
    title: "drips its headers",
    answer: (socket) => {
      socket.write(`${HEAD}x-slow: `);
      drip(socket, "a");
    },
    want: "timeout",
  },
  {
    title: "sends one byte in each chunk",
    answer: (socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      drip(socket, "1\r\nh\r\n".repeat(3000));
    },
    want: "200 truncated",
  },
  {
    title: "drips its body after the headers",
    answer: (socket) => {
      socket.write(`${HEAD}content-length: 100000\r\n\r\n`);
      drip(socket, "b");
    },
    want: "200 truncated",
  },
  {
    title: "sends headers for a body and then nothing",
    answer: (socket) => socket.write(`${HEAD}content-length: 5\r\n\r\n`),
    want: "200 truncated",
  },
  {
    title: "ends its body early",
    answer: (socket) => socket.end(`${HEAD}content-length: 5\r\n\r\nab`),
    want: "200 truncated",
  },
  {
    title: "breaks its chunked body",
    answer: (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    want: "200 truncated",
  },
  {
    title: "sends a body without end",
    answer: (socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      drip(socket, `4000\r\n${"c".repeat(0x4000)}\r\n`);
    },
    want: "200 truncated",
  },
  {
    title: "sends a body as fast as it is read",
    answer: (socket) => {
      socket.write(`${HEAD}connection: close\r\n\r\n`);
      pour(socket, Buffer.alloc(65_536, "e"));
    },
    want: "200 truncated",
  },
  {
    title: "sends a chunk's extension without end",
    answer: (socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n1;x=`);
      drip(socket, "f".repeat(4000));
    },
    want: "200 truncated",
  },
  {
    title: "sends trailers without end",
    answer: (socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n0\r\n`);
      drip(socket, `x-more: ${"g".repeat(4000)}\r\n`);
    },
    want: "200 truncated",
  },
  {
    title: "sends 50 MB as 50 kB of gzip",
    answer: (socket) => {
      socket.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${BOMB.length}\r\n\r\n`);
      socket.write(BOMB);
    },
    want: "200 truncated",
  },
  { title: "resets", answer: reset, want: "reset" },
  {
    title: "resets within the body after its 200",
    answer: (socket) => {
      socket.write(`${HEAD}content-length: 5\r\n\r\nab`);
      // A reset discards unread data, so this one comes after the headers were read.
      setTimeout(() => reset(socket), 30);
    },
    want: "200 truncated",
  },
  { title: "hangs up", answer: (socket) => socket.end(), want: "reset" },
  {
    title: "closes each connection at once",
    onConnect: true,
    answer: (socket) => socket.destroy(),
    want: "reset",
  },
  ...HOSTILE_HEADS,
];

/** Opens one, with the URL for the endpoint. */
export async function openHostile({ answer, onConnect, secure }: HostileCase) {
  const receiver = await openReceiver((socket, counts) => {
    if (onConnect === true) return answer(socket);
    onRequest(socket, counts, () => answer(socket));
  });
  return {
    ...receiver,
    url: secure === true ? receiver.url.replace("http:", "https:") : receiver.url,
  };
}

function every(socket: Socket, ms: number, act: () => void): void {
  const timer = setInterval(act, ms);
  socket.on("close", () => clearInterval(timer));
}
