/**
 * One application, and the call of each dialect that creates a webhook for its received texts. One loop can
 * so test a property of all four dialects.
 */
import assert from "node:assert/strict";
import { Svix } from "svix";
import { openSendblueAccount } from "../harness/sendblue-account.ts";
import type { NativeApi } from "../harness/native-api.ts";
import { TOKEN } from "../harness/server.ts";
import { openZipwhipLine } from "../harness/zipwhip-line.ts";
import type { ZipwhipLine } from "../harness/zipwhip-line.ts";

export const DIALECTS = ["svix", "zipwhip", "sendblue", "chirp"] as const;
export type DialectName = (typeof DIALECTS)[number];

export type Made = {
  readonly accepted: boolean;
  /** The status and the text of the response. */
  readonly status: number;
  readonly text: string;
};

export type Hooks = {
  readonly app: string;
  readonly line: ZipwhipLine;
  create(dialect: DialectName, url: string): Promise<Made>;
  /** Publishes a received text: every webhook gets a delivery. */
  publish(id: string, media?: readonly string[]): Promise<void>;
  endpoints(): Promise<readonly { readonly id: string; readonly url: string }[]>;
  /** The attempts at one endpoint, the latest first. */
  attempts(endpointId: string): Promise<readonly Attempt[]>;
};

export type Watched = Omit<Hooks, "create" | "line">;

export type Attempt = {
  readonly response: string;
  readonly responseStatusCode: number;
  readonly responseDurationMs: number;
  readonly url: string;
};

const LINE = "+12065550100";
const CONTACT = "+12065550188";
const PAGE = 250;

/** The interface of the dialects' harness, over a server in another process. */
export function nativeApiAt(url: string): NativeApi {
  const sdk = (token: string) => new Svix(token, { serverUrl: url, retryScheduleInMs: [] });
  return {
    url,
    adminUrl: null,
    svix: sdk(TOKEN),
    sdk,
    async call(method, path, { body, token = TOKEN, headers = {} } = {}) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? undefined : { "content-type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await response.text();
      const parsed: unknown = text === "" ? undefined : JSON.parse(text);
      return { status: response.status, headers: response.headers, text, body: parsed };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Creates the application with its line and its keys. `endpoints` and `publish` need only its id. */
export async function openHooks(api: NativeApi): Promise<Hooks> {
  const sendblue = await openSendblueAccount(api);
  const { app } = sendblue;
  const line = await openZipwhipLine(api, { app, number: LINE });
  const made = await api.call("POST", `/app/${app}/key`, { body: { kind: "app" } });
  assert.equal(made.status, 201, made.text);
  const { key } = made.body as { readonly key: string };

  const creators: Record<DialectName, (url: string) => Promise<Made>> = {
    async svix(url) {
      const body = { url, eventTypes: ["message.received"] };
      const { status, text } = await api.call("POST", `/app/${app}/endpoint`, { body });
      return { accepted: status === 201, status, text };
    },
    async zipwhip(url) {
      const { status, text, body } = await line.call("/webhook/add", {
        type: "message",
        event: "receive",
        url,
      });
      return { accepted: body.success, status, text };
    },
    async sendblue(url) {
      const { status, text } = await sendblue.call("POST", {
        body: { webhooks: [url], type: "receive" },
      });
      return { accepted: status >= 200 && status < 300, status, text };
    },
    async chirp(url) {
      const response = await fetch(`${api.url}/v1/webhooks`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify({ url, events: ["messages.sms.received"] }),
      });
      const { status } = response;
      return { accepted: status === 201, status, text: await response.text() };
    },
  };
  return { ...watchHooks(api, app), line, create: (dialect, url) => creators[dialect](url) };
}

/** The functions that need no keys, for use after a restart: keys are shown only once. */
export function watchHooks(api: NativeApi, app: string): Watched {
  return {
    app,
    async publish(id, urls = []) {
      const media = urls.map((url) => ({ url, contentType: "image/png" }));
      const message = { id, channel: "mms", from: CONTACT, to: LINE, text: "Hello", media };
      const published = await api.call("POST", `/app/${app}/msg`, {
        body: { eventType: "message.received", payload: { message } },
      });
      assert.equal(published.status, 202, published.text);
    },
    async endpoints() {
      const found: { id: string; url: string }[] = [];
      for (let after = ""; ;) {
        const page = await api.call("GET", `/app/${app}/endpoint?limit=${PAGE}${after}`);
        const { data, done, iterator } = page.body as {
          readonly data: readonly { readonly id: string; readonly url: string }[];
          readonly done: boolean;
          readonly iterator: string | null;
        };
        found.push(...data);
        if (done) return found;
        after = `&iterator=${encodeURIComponent(iterator ?? "")}`;
      }
    },
    async attempts(endpointId) {
      const page = await api.call("GET", `/app/${app}/attempt/endpoint/${endpointId}`);
      assert.equal(page.status, 200, page.text);
      return (page.body as { readonly data: readonly Attempt[] }).data;
    },
  };
}

/** Polls until the condition is true, at most until the deadline. */
export async function eventuallySo(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  deadlineMs = 30_000,
): Promise<void> {
  const lastAtMs = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > lastAtMs) throw new Error(`${what}: not true within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The sum of a metric's series whose labels contain this text. */
export async function readMetric(url: string, name: string, labels = ""): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(name) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
