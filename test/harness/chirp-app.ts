/** An app with a Chirp key, and the requests that its consumer makes. */
import assert from "node:assert/strict";
import type { Answer, CallOptions, NativeApi } from "./native-api.ts";

export type ChirpApp = {
  readonly id: string;
  readonly key: string;
  /** One request below /v1 with the app's key; `token` is another one, or null for none. */
  call(method: string, path: string, more?: CallOptions): Promise<Answer>;
};

/** As Chirp shows a webhook. */
export type Webhook = {
  readonly id: string;
  readonly appId: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export async function openChirpApp(
  api: NativeApi,
  app: { readonly name: string; readonly test?: boolean },
): Promise<ChirpApp> {
  const { id } = (await made(api, "/app", app)) as { id: string };
  const { key } = (await made(api, `/app/${id}/key`, { kind: "app" })) as { key: string };
  return {
    id,
    key,
    async call(method, path, { body, raw, token = key, headers = {} } = {}) {
      const sent = raw ?? (body === undefined ? null : JSON.stringify(body));
      const response = await fetch(`${api.url}/v1${path}`, {
        method,
        headers: {
          ...(token === null ? undefined : { authorization: `Bearer ${token}` }),
          ...(sent === null ? undefined : { "content-type": "application/json" }),
          ...headers,
        },
        body: sent,
      });
      const text = await response.text();
      const parsed = text === "" ? undefined : JSON.parse(text);
      return { status: response.status, headers: response.headers, text, body: parsed };
    },
  };
}

/** The webhook that a request for one was answered with. */
export function toWebhook(answer: Answer, status: number): Webhook {
  assert.equal(answer.status, status, answer.text);
  return answer.body as Webhook;
}

async function made(api: NativeApi, path: string, body: object): Promise<unknown> {
  const answer = await api.call("POST", path, { body });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}
