/**
 * HTTP in, HTTP out and nothing else: the upper limit of any pipeline on this machine. It answers without
 * storing anything, and signs and posts each event. It is started like a server.
 */
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { openPoster } from "./post.ts";

const origin = process.env["BENCH_SINK"];
if (origin === undefined) throw new Error("give the sink's origin in BENCH_SINK");
const CONNECTIONS = 64;
const poster = openPoster(origin, CONNECTIONS, "dispatch");

const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.end("ok");
    return;
  }
  void read(request).then((body) => {
    const given = JSON.parse(body) as { payload?: unknown } | { payload?: unknown }[];
    const events = Array.isArray(given) ? given : [given];
    const answer = JSON.stringify({ data: events.map((_, i) => ({ id: `msg_${i}` })) });
    response.writeHead(202, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(answer),
    });
    response.end(answer);
    for (const { payload } of events) void poster.post(JSON.stringify(payload));
  });
});
server.keepAliveTimeout = 72_000;
server.listen(0, "127.0.0.1", () => {
  process.send?.({ listening: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once("SIGTERM", () => process.exit());

function read(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => resolve(Buffer.concat(chunks).toString()));
  });
}
