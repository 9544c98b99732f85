/**
 * The receiver of every measurement, in a separate process. It supports just enough HTTP/1.1 on bare sockets
 * to answer each request with an empty 200. So it uses little of the machine. It counts, and on request notes
 * the arrival of each event.
 */
import { Buffer } from "node:buffer";
import { createServer, type AddressInfo, type Socket } from "node:net";
import process from "node:process";
import { monotonicMs } from "./clock.ts";
import { eventNumberIn } from "./event.ts";

/** Messages from the parent. `note` starts noting the arrival of events `from … from + count - 1`. */
export type ToSink =
  | { readonly kind: "note"; readonly from: number; readonly count: number }
  | { readonly kind: "arrivals" };
export type FromSink =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "received"; readonly total: number; readonly lastAt: number }
  /** Monotonic milliseconds of the first arrival, by event; 0 is never. */
  | { readonly kind: "arrivals"; readonly at: Float64Array };

const ANSWER = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "latin1");
const HEAD_END = Buffer.from("\r\n\r\n", "latin1");
const REPORT_EVERY_MS = 5;

let total = 0;
let reported = 0;
let lastAt = 0;
let noted: { from: number; at: Float64Array } | undefined;

const server = createServer({ noDelay: true }, receive);
server.listen(0, "127.0.0.1", () => {
  send({ kind: "listening", port: (server.address() as AddressInfo).port });
});
setInterval(report, REPORT_EVERY_MS);
process.on("message", (message: ToSink) => {
  if (message.kind === "note") {
    noted = { from: message.from, at: new Float64Array(message.count) };
  } else {
    send({ kind: "arrivals", at: noted?.at ?? new Float64Array(0) });
    noted = undefined;
  }
});
process.on("disconnect", () => process.exit());

function receive(socket: Socket): void {
  let rest: Buffer | undefined;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    let bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    rest = undefined;
    while (bytes.length > 0) {
      const headEnd = bytes.indexOf(HEAD_END);
      const end = headEnd < 0 ? Infinity : headEnd + HEAD_END.length + bodyLength(bytes, headEnd);
      if (bytes.length < end) {
        rest = bytes;
        return;
      }
      count(bytes, headEnd);
      socket.write(ANSWER);
      bytes = bytes.subarray(end);
    }
  });
}

function count(bytes: Buffer, headEnd: number): void {
  total += 1;
  lastAt = monotonicMs();
  if (noted === undefined) return;
  const index = eventNumberIn(bytes, headEnd) - noted.from;
  if (noted.at[index] === 0) noted.at[index] = lastAt;
}

function bodyLength(bytes: Buffer, headEnd: number): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString("latin1", 0, headEnd))?.[1];
  if (length === undefined) throw new Error("a request without content-length came to the sink");
  return Number(length);
}

function report(): void {
  if (total === reported) return;
  reported = total;
  send({ kind: "received", total, lastAt });
}

function send(message: FromSink): void {
  process.send?.(message);
}
