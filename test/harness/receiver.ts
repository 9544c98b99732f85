/** A real local receiver that records what it saw and answers as the test says. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Receipt = {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The address that it came from. */
  readonly from: string;
};

export type Receiver = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  readonly receipts: readonly Receipt[];
  /** Resolves once `condition` holds, looked at after each receipt; rejects at the deadline. */
  readonly until: (condition: () => boolean, deadlineMs?: number) => Promise<void>;
};

export type Answer = (receipt: Receipt, response: ServerResponse) => void;

const OK: Answer = (_receipt, response) => response.writeHead(200).end();

/** With `keep: false` only `answer` sees what comes, for tests that would fill the memory. */
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
      for (const look of waiting) look();
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
          waiting.delete(look);
          reject(new Error(`still not so after ${deadlineMs} ms and ${receipts.length} receipts`));
        }, deadlineMs);
        function look(): void {
          if (!condition()) return;
          clearTimeout(deadline);
          waiting.delete(look);
          resolve();
        }
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
