/** A line with separate credentials, and the calls that a Zipwhip client makes for it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { parseJson } from "../../src/core/json/json.ts";
import type { NativeApi } from "./native-api.ts";
import type { Receiver } from "./receiver.ts";

export type ZipwhipAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Numbers of 64 bits are bigints. */
  readonly body: { readonly success: boolean; readonly response: unknown };
};

/** Fields of a form; pairs when a name occurs twice. */
export type ZipwhipFields =
  | Readonly<Record<string, string>>
  | readonly (readonly [name: string, value: string])[];

export type ZipwhipLine = {
  readonly id: string;
  readonly number: string;
  readonly username: string;
  readonly deviceId: number;
  readonly session: string;
  /** Posts a form with the session. */
  call(path: string, fields?: ZipwhipFields): Promise<ZipwhipAnswer>;
  /** Posts a form and returns the response; fails when it is a refusal. */
  done(path: string, fields?: ZipwhipFields): Promise<unknown>;
};

export const LINE_PASSWORD = "correct horse";

/** `number` is in E.164 and is the username by default. */
export async function openZipwhipLine(
  api: NativeApi,
  p: {
    readonly app: string;
    readonly number: string;
    readonly username?: string;
    readonly payloadGeneration?: "2020" | "2015";
  },
): Promise<ZipwhipLine> {
  const { app, number, username = number, payloadGeneration = "2020" } = p;
  const body = { number, username, password: LINE_PASSWORD, payloadGeneration };
  const made = await api.call("POST", `/app/${app}/line`, { body });
  assert.equal(made.status, 201, made.text);
  const { id, deviceId } = made.body as { readonly id: string; readonly deviceId: number };
  const session = await loginZipwhip(api.url, username);
  const call: ZipwhipLine["call"] = (path, fields = {}) =>
    zipwhipPost(api.url, path, [["session", session], ...toPairs(fields)]);
  return {
    id,
    number,
    username,
    deviceId,
    session,
    call,
    async done(path, fields) {
      const { body: answer, text } = await call(path, fields);
      assert.equal(answer.success, true, text);
      return answer.response;
    },
  };
}

export async function loginZipwhip(url: string, username: string): Promise<string> {
  const { body, text } = await zipwhipPost(url, "/user/login", {
    username,
    password: LINE_PASSWORD,
  });
  assert.equal(body.success, true, text);
  return body.response as string;
}

export function zipwhipPost(
  url: string,
  path: string,
  fields: ZipwhipFields,
): Promise<ZipwhipAnswer> {
  const body = new URLSearchParams(toPairs(fields));
  return zipwhipFetch(`${url}${path}`, { method: "POST", body });
}

/** Sends any request whose response is JSON. */
export async function zipwhipFetch(url: string, request: RequestInit): Promise<ZipwhipAnswer> {
  const response = await fetch(url, request);
  const text = await response.text();
  const body = parseJson(text) as ZipwhipAnswer["body"];
  return { status: response.status, headers: response.headers, text, body };
}

function toPairs(fields: ZipwhipFields): [string, string][] {
  const pairs: ZipwhipFields = Array.isArray(fields) ? fields : Object.entries(fields);
  return (pairs as readonly [string, string][]).map(([name, value]) => [name, value]);
}

/** The fields of a message in a webhook's body; the id is a bigint. */
export type ZipwhipMessage = Readonly<Record<string, unknown>> & { readonly id: bigint };

/**
 * Publishes a received text on the line, whose webhooks go to the receiver. Returns the body of its webhook.
 */
export async function receiveZipwhipText(
  { api, receiver }: { readonly api: NativeApi; readonly receiver: Receiver },
  p: {
    readonly app: string;
    readonly line: ZipwhipLine;
    readonly text: string;
    readonly media?: readonly object[];
  },
): Promise<ZipwhipMessage> {
  const { line, text, media } = p;
  const path = `/receive/${randomUUID()}`;
  const [hook] = (await line.done("/webhook/add", {
    type: "message",
    event: "receive",
    url: receiver.url + path,
  })) as [{ readonly webhookId: number }];
  const message = {
    id: randomUUID(),
    channel: media === undefined ? "sms" : "mms",
    from: "+12065550188",
    to: line.number,
    text,
    ...(media === undefined ? undefined : { media }),
  };
  const published = await api.call("POST", `/app/${p.app}/msg`, {
    body: { eventType: "message.received", payload: { message } },
  });
  assert.equal(published.status, 202, published.text);
  const found = () => receiver.receipts.find((receipt) => receipt.path === path);
  await receiver.until(() => found() !== undefined);
  await line.done("/webhook/delete", { webhookId: String(hook.webhookId) });
  return parseJson(found()?.body ?? "") as unknown as ZipwhipMessage;
}
