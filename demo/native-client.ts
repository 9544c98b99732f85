/** The few HTTP calls that the demo makes: those of the native API, and one for any API. */
export type NativeClient = {
  readonly post: (path: string, body: unknown) => Promise<Answer>;
  readonly get: (path: string) => Promise<Answer>;
};

type Answer = Readonly<Record<string, unknown>>;

export function createNativeClient(url: string, token: string): NativeClient {
  const headers = { authorization: `Bearer ${token}` };
  return {
    post: (path, body) => callApi(`${url}/api/v1${path}`, { method: "POST", headers, json: body }),
    get: (path) => callApi(`${url}/api/v1${path}`, { method: "GET", headers }),
  };
}

/** Returns the JSON of the answer. Throws for a refusal, including Zipwhip's refusals with status 200. */
export async function callApi(
  url: string,
  p: {
    readonly method: "GET" | "POST";
    readonly headers?: Readonly<Record<string, string>>;
    readonly json?: unknown;
    readonly form?: Readonly<Record<string, string>>;
  },
): Promise<Answer> {
  const { method, headers = {}, json, form } = p;
  const response = await fetch(url, {
    method,
    headers: {
      ...headers,
      ...(json === undefined ? undefined : { "content-type": "application/json" }),
    },
    ...(json === undefined ? undefined : { body: JSON.stringify(json) }),
    ...(form === undefined ? undefined : { body: new URLSearchParams(form) }),
  });
  const text = await response.text();
  const answer = text === "" ? {} : (JSON.parse(text) as Answer);
  if (response.ok && answer["success"] !== false) return answer;
  throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
}
