/** An application with a Sendblue key, and the official SDK with that key and the URL of a test server. */
import assert from "node:assert/strict";
import SendblueAPI from "sendblue";
import type { NativeApi } from "./native-api.ts";

export type SendblueAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: { readonly status: string; readonly message?: string; readonly webhooks?: object };
};

export type SendblueAccount = {
  readonly app: string;
  /** The SDK as its users have it, but without retries: a 5xx fails the test. */
  readonly client: SendblueAPI;
  readonly credentials: Readonly<Record<string, string>>;
  /** Sends one raw request to the webhooks, or below `path`. */
  call(
    method: string,
    more?: { body?: unknown; raw?: string | Uint8Array; headers?: object; path?: string },
  ): Promise<SendblueAnswer>;
};

const ACCOUNT_EMAIL = "agent@example.test";

export async function openSendblueAccount(api: NativeApi): Promise<SendblueAccount> {
  const { id: app } = await api.svix.application.create({
    name: "Blue Door",
    metadata: { accountEmail: ACCOUNT_EMAIL },
  });
  const made = await api.call("POST", `/app/${app}/key`, { body: { kind: "sendblue" } });
  assert.equal(made.status, 201, made.text);
  const { keyId, keySecret } = made.body as { readonly keyId: string; readonly keySecret: string };
  const credentials = { "sb-api-key-id": keyId, "sb-api-secret-key": keySecret };
  return {
    app,
    credentials,
    client: new SendblueAPI({
      apiKey: keyId,
      apiSecret: keySecret,
      baseURL: api.url,
      maxRetries: 0,
    }),
    async call(method, { body, raw, headers = {}, path = "/api/account/webhooks" } = {}) {
      const sent = raw ?? (body === undefined ? null : JSON.stringify(body));
      const response = await fetch(`${api.url}${path}`, {
        method,
        headers: {
          ...credentials,
          ...(sent === null ? undefined : { "content-type": "application/json" }),
          ...headers,
        },
        body: sent,
      });
      const text = await response.text();
      const { status } = response;
      return { status, headers: response.headers, text, body: JSON.parse(text) };
    },
  };
}
