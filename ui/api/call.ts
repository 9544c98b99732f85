/**
 * Calls of the public API, typed by its own document. Bodies are parsed with exact integers (I8): an id of 64
 * bits becomes a bigint. `readText` returns the bytes of a body as text, for payloads that are shown.
 */
import { parseJson, stringifyJson } from "../../src/core/json/json.ts";
import { ApiError, toApiError } from "./api-error.ts";
import { credentialHeaders } from "./credential.ts";
import type { Calls } from "./schema.d.ts";

export type CallName = keyof Calls;
export type Answer<N extends CallName> = Calls[N]["answer"];
export type Request<N extends CallName> = {
  readonly path?: Calls[N]["path"];
  readonly query?: Calls[N]["query"];
  readonly body?: Calls[N]["body"];
};
export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  /** A repeat with the same key returns the first answer. */
  readonly idempotencyKey?: string;
};

export async function callApi<N extends CallName>(
  name: N,
  request: Request<N> = {},
  options: CallOptions = {},
): Promise<Answer<N>> {
  const text = await readText(name, request, options);
  return text === "" ? null : parseJson(text);
}

/** Returns the body of the answer as it was sent. Throws an `ApiError` for every refusal. */
export async function readText<N extends CallName>(
  name: N,
  request: Request<N> = {},
  options: CallOptions = {},
): Promise<string> {
  const [method = "GET", pattern = ""] = name.split(" ");
  const hasBody = request.body !== undefined;
  const response = await send(toUrl(pattern, request), {
    method,
    credentials: "same-origin",
    headers: {
      ...credentialHeaders(),
      ...(hasBody ? { "content-type": "application/json" } : {}),
      ...(options.idempotencyKey === undefined || method !== "POST"
        ? {}
        : { "idempotency-key": options.idempotencyKey }),
    },
    ...(hasBody ? { body: stringifyJson(request.body) } : {}),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  if (!response.ok) throw toApiError(response, text);
  return text;
}

/** Throws an `ApiError` with the status 0 when the server does not answer. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError({ status: 0, code: "unreachable", detail: "", fields: [], requestId: null });
  }
}

/** `/api/v1/app/{app}` with its parameters, each encoded as one segment. */
export function toUrl(
  pattern: string,
  request: { readonly path?: object | undefined; readonly query?: object | undefined },
): string {
  const params = new Map<string, unknown>(Object.entries(request.path ?? {}));
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params.get(name);
    if (typeof value !== "string" || value === "") throw new Error(`${pattern} needs ${name}`);
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") query.append(name, String(one));
    }
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
