/**
 * The receiver of the demo: one local server with three webhooks, a healthy one, a slow one, and
 * one that answers 503 to its first two requests. Each request's signature is verified as a consumer
 * would.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { verifySignature } from "../../core/signature.ts";
import { importSigningKey, type SigningKey } from "../../core/signing-secret.ts";

export type Receiver = {
  readonly port: number;
  readonly verified: () => { readonly good: number; readonly bad: number };
  /** Told once its endpoint is made: the secret that signs for this path. */
  readonly expect: (path: string, secret: string) => void;
  readonly close: () => Promise<void>;
};

const SLOW_MS = 1_300;
const FAILURES_BEFORE_RECOVERY = 2;

export async function startReceiver(): Promise<Receiver> {
  const keys = new Map<string, SigningKey>();
  const counts = { good: 0, bad: 0 };
  let failuresLeft = FAILURES_BEFORE_RECOVERY;

  const server: Server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? "/";
      const body = await readBody(request);
      if (isSigned(request, body, keys.get(path))) counts.good += 1;
      else counts.bad += 1;
      if (path === "/slow") await sleep(SLOW_MS);
      const failing = path === "/flaky" && failuresLeft > 0;
      if (failing) failuresLeft -= 1;
      response.writeHead(failing ? 503 : 200, { "content-type": "text/plain" });
      response.end(failing ? "deploying, back in a moment" : "thanks");
    })().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    verified: () => ({ ...counts }),
    expect: (path, secret) => void keys.set(path, importSigningKey(secret)),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function isSigned(request: IncomingMessage, body: string, key: SigningKey | undefined): boolean {
  if (key === undefined) return false;
  const header = (name: string) => request.headers[name]?.toString();
  const headers = {
    id: header("webhook-id"),
    timestamp: header("webhook-timestamp"),
    signature: header("webhook-signature"),
  };
  return verifySignature({ headers, body, keys: [key], now: Date.now() }).ok;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
