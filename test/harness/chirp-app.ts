/** An application with a Chirp key, and the requests of its consumer. */
import assert from "node:assert/strict";
import type { Answer, CallOptions, NativeApi } from "./native-api.ts";

export type ChirpApp = {
  readonly id: string;
  readonly key: string;
  /** Sends one request below /v1 with the application's key. `token` replaces the key; null sends none. */
  call(method: string, path: string, more?: CallOptions): Promise<Answer>;
};

/** A webhook in Chirp's responses. */
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

/** Returns the webhook in the response to its creation. */
export function toWebhook(answer: Answer, status: number): Webhook {
  assert.equal(answer.status, status, answer.text);
  return answer.body as Webhook;
}

async function made(api: NativeApi, path: string, body: object): Promise<unknown> {
  const answer = await api.call("POST", path, { body });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}
