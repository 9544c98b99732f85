/**
 * A whole server in this process, on a store in memory, and the official Svix SDK, which calls it over a real
 * socket. Deliveries may go to loopback only.
 */
import assert from "node:assert/strict";
import { ApiException, Svix } from "svix";
import { readSettings } from "../../src/config/read-settings.ts";
import { start } from "../../src/start.ts";

export const ADMIN_TOKEN = "hk_test_0123456789abcdef";

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when the response has no body. */
  readonly body: unknown;
};

export type NativeApi = AsyncDisposable & {
  readonly url: string;
  readonly adminUrl: string | null;
  /** The SDK as its users have it, but without retries: a 5xx fails the test. */
  readonly svix: Svix;
  sdk(token: string): Svix;
  /** Sends one raw request below /api/v1. A null `token` sends no credentials. */
  call(method: string, path: string, more?: CallOptions): Promise<Answer>;
};

export type CallOptions = {
  readonly body?: unknown;
  /** The raw body, instead of `body`. */
  readonly raw?: string | Uint8Array;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
};

export async function startNativeApi(
  settings: Readonly<Record<string, string>> = {},
): Promise<NativeApi> {
  const read = readSettings({
    HOOKLINE_PORT: "0",
    HOOKLINE_STORE: "sqlite::memory:",
    HOOKLINE_HTTP_URLS: "allow",
    HOOKLINE_EGRESS_ALLOW: "127.0.0.0/8",
    HOOKLINE_LOG_LEVEL: "silent",
    HOOKLINE_SENDERS: "0",
    HOOKLINE_STOP_GRACE: "0",
    ...settings,
  });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const server = await start(read.settings, {
    adminToken: ADMIN_TOKEN,
    secretKey: Buffer.alloc(32, 7).toString("base64"),
    adminTokenFile: null,
    previousSecretKey: null,
    secretKeyFile: null,
  });
  const { url, adminUrl } = server;
  const sdk = (token: string) => new Svix(token, { serverUrl: url, retryScheduleInMs: [] });
  return {
    url,
    adminUrl,
    svix: sdk(ADMIN_TOKEN),
    sdk,
    async call(method, path, { body, raw, token = ADMIN_TOKEN, headers = {} } = {}) {
      const sent = raw ?? (body === undefined ? null : JSON.stringify(body));
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          ...(token === null ? undefined : { authorization: `Bearer ${token}` }),
          ...(sent === null ? undefined : { "content-type": "application/json" }),
          ...headers,
        },
        body: sent,
      });
      const text = await readText(response);
      const { status } = response;
      return {
        status,
        headers: response.headers,
        text,
        body: text === "" ? undefined : JSON.parse(text),
      };
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** A live stream has no end, so it is left at once. */
export async function readText(response: Response): Promise<string> {
  if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true) {
    return await response.text();
  }
  await response.body?.cancel();
  return "";
}

type Refusal = ApiException<{ readonly detail: unknown; readonly code?: string }>;

/** Returns the refusal of an SDK call. Fails when the call succeeds. */
export async function catchRefusal(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof ApiException, String(error));
    return error as Refusal;
  }
  throw new assert.AssertionError({ message: "it was not refused" });
}
