/** A real local receiver that records each request and answers as the test specifies. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Receipt = {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The address of the sender. */
  readonly from: string;
};

export type Receiver = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  readonly receipts: readonly Receipt[];
  /** Resolves once `condition` is true, checked after each receipt. Rejects at the deadline. */
  readonly until: (condition: () => boolean, deadlineMs?: number) => Promise<void>;
};

export type Answer = (receipt: Receipt, response: ServerResponse) => void;

const OK: Answer = (_receipt, response) => response.writeHead(200).end();

/** With `keep: false` only `answer` sees the requests, for tests that would fill the memory. */
export async function startReceiver(
  answer: Answer = OK,
  { keep = true }: { readonly keep?: boolean } = {},
): Promise<Receiver> {
  const receipts: Receipt[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const receipt = {
        path: request.url ?? "/",
        method: request.method ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
        from: request.socket.remoteAddress ?? "",
      };
      if (keep) receipts.push(receipt);
      answer(receipt, response);
      for (const check of waiting) check();
    });
    request.on("error", () => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    receipts,
    until: (condition, deadlineMs = 20_000) =>
      new Promise((resolve, reject) => {
        const deadline = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`not true after ${deadlineMs} ms and ${receipts.length} receipts`));
        }, deadlineMs);
        function check(): void {
          if (!condition()) return;
          clearTimeout(deadline);
          waiting.delete(check);
          resolve();
        }
        waiting.add(check);
        check();
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
