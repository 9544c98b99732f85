/**
 * The receivers of the demo in one local server. The native and Chirp ones are healthy, Zipwhip's is slow.
 * Sendblue's answers 503 to the first text twice and then recovers. Each authenticates its requests if its
 * API has a way to.
 */
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { verifySignature } from "../src/core/crypto/signature.ts";
import { importSigningKey } from "../src/core/crypto/signing-secret.ts";
import type { Dialect } from "../src/core/snapshot.ts";
import { readWebhook, type ReadWebhook } from "./read-webhook.ts";
import { findReceiver } from "./receiver-names.ts";

export type ReceivedWebhook = ReadWebhook & {
  readonly dialect: Dialect;
  /** Number of the attempt, from 1, counted by `webhook-id`. */
  readonly attempt: number;
  /** Null when the API has no means of authentication. */
  readonly isGenuine: boolean | null;
};

/** The secrets by which the receivers authenticate webhooks. */
export type SharedSecrets = {
  readonly svix: string;
  readonly sendblue: string;
  readonly chirp: string;
};

export type Receiver = {
  readonly url: string;
  readonly port: number;
  /** Every webhook received. Its index is the number in the answer. */
  readonly received: readonly ReceivedWebhook[];
  /** Sets the secrets, once the webhooks are registered. */
  readonly expect: (secrets: SharedSecrets) => void;
  readonly close: () => Promise<void>;
};

const SLOW_MS = 1_200;
const FAILURES_BEFORE_RECOVERY = 2;
/** A custom header of the Chirp webhook; Chirp has no signatures. */
export const CHIRP_HEADER = "x-demo-key";

export async function startReceiver(): Promise<Receiver> {
  let secrets: SharedSecrets | null = null;
  const received: ReceivedWebhook[] = [];
  const attempts = new Map<string, number>();
  let firstText: string | null = null;

  async function answer(request: IncomingMessage): Promise<{ status: number; text: string }> {
    const url = request.url ?? "/";
    const dialect = findReceiver(url);
    if (dialect === null) return { status: 404, text: "no receiver is here" };
    const body = await readBody(request);
    const path = url.slice(`/${dialect}/`.length);
    const repeat = `${url} ${toHeader(request, "webhook-id")}`;
    const attempt = (attempts.get(repeat) ?? 0) + 1;
    attempts.set(repeat, attempt);
    const eventHeader = toHeader(request, "hookline-event-type");
    const isGenuine = secrets === null ? false : checkGenuine(dialect, request, { body, secrets });
    const read = readWebhook(dialect, { path, eventHeader, body });
    const text = answerText(received.push({ ...read, dialect, attempt, isGenuine }) - 1);
    if (dialect === "zipwhip") await sleep(SLOW_MS);
    if (dialect === "sendblue" && path === "receive") firstText ??= repeat;
    const isFailing = repeat === firstText && attempt <= FAILURES_BEFORE_RECOVERY;
    return { status: isFailing ? 503 : 200, text };
  }

  const server: Server = createServer((request, response) => {
    void answer(request)
      .then(({ status, text }) => {
        response.writeHead(status, { "content-type": "text/plain" });
        response.end(text);
      })
      .catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    expect: (given) => {
      secrets = given;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The server stores the answer with each attempt, so the number in it identifies the webhook. */
function answerText(index: number): string {
  return `thanks for webhook ${index}`;
}

/** Undefined for an answer that did not come from this receiver. */
export function webhookAnswered(
  received: readonly ReceivedWebhook[],
  text: string,
): ReceivedWebhook | undefined {
  const index = /^thanks for webhook (\d+)$/.exec(text)?.[1];
  return index === undefined ? undefined : received[Number(index)];
}

function checkGenuine(
  dialect: Dialect,
  request: IncomingMessage,
  { body, secrets }: { readonly body: string; readonly secrets: SharedSecrets },
): boolean | null {
  switch (dialect) {
    case "svix":
      return isSigned(request, body, secrets.svix);
    case "zipwhip":
      return null;
    case "sendblue":
      return isSame(toHeader(request, "sb-signing-secret"), secrets.sendblue);
    case "chirp":
      return isSame(toHeader(request, CHIRP_HEADER), secrets.chirp);
  }
}

function isSigned(request: IncomingMessage, body: string, secret: string): boolean {
  const headers = {
    id: toHeader(request, "webhook-id"),
    timestamp: toHeader(request, "webhook-timestamp"),
    signature: toHeader(request, "webhook-signature"),
  };
  return verifySignature({ headers, body, keys: [importSigningKey(secret)], now: Date.now() }).ok;
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function toHeader(request: IncomingMessage, name: string): string {
  return request.headers[name]?.toString() ?? "";
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
