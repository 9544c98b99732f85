/** One request of the native API, with the exact bytes of the request and of the response. */
import { TOKEN } from "./server.ts";

export type RawAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
};

export type RawRequest = {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Null sends no credentials. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
};

export async function rawCall(
  url: string,
  method: string,
  path: string,
  { body, token = TOKEN, headers = {} }: RawRequest = {},
): Promise<RawAnswer> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(token === null ? undefined : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? undefined : { "content-type": "application/json" }),
      ...headers,
    },
    body: body ?? null,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
