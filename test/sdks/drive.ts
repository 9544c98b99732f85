/**
 * Runs calls of a JavaScript release of the SDK for `scripts/sdks.ts`: one JSON request per line on stdin,
 * one JSON answer per line on stdout. The argument is the folder of the release.
 */
import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";
import type { SdkAnswer, SdkRequest } from "./driver-protocol.ts";

type Sdk = {
  readonly Svix: new (token: string, options: { serverUrl: string }) => object;
  readonly Webhook: new (secret: string) => {
    verify(body: string, headers: Readonly<Record<string, string>>): unknown;
  };
};

const [, , folder, token, serverUrl] = process.argv as [string, string, string, string, string];
const { Svix, Webhook } = createRequire(`${folder}/`)("svix") as Sdk;
const svix = new Svix(token, { serverUrl });
const clientOf = (own: string | undefined): object =>
  own === undefined ? svix : new Svix(own, { serverUrl });
const ISO_TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await answerTo(JSON.parse(line) as SdkRequest);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function answerTo(request: SdkRequest): Promise<SdkAnswer> {
  try {
    if ("verify" in request) {
      const { secret, body, headers } = request.verify;
      new Webhook(secret).verify(body, headers);
      return { value: null };
    }
    const method = findMethod(clientOf(request.token), request.call);
    if (method === null) return { absent: true };
    const args: unknown[] = request.args.map((arg) => withDates(arg));
    if (request.options !== undefined) args.push(withDates(request.options));
    return { value: (await method(...args)) ?? null };
  } catch (error) {
    const { code, body } = error as { readonly code?: unknown; readonly body?: unknown };
    if (typeof code === "number") return { refused: code, text: JSON.stringify(body) };
    return { error: String(error) };
  }
}

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** The first name that this release has; releases renamed calls. */
function findMethod(client: object, names: readonly string[]): Method | null {
  for (const name of names) {
    let owner: unknown = null;
    let found: unknown = client;
    for (const part of name.split(".")) {
      owner = found;
      found = (found as Record<string, unknown> | undefined)?.[part];
    }
    if (typeof found === "function") return found.bind(owner) as Method;
  }
  return null;
}

/** The SDK takes times as dates. */
function withDates(value: unknown): unknown {
  if (typeof value === "string" && ISO_TIME.test(value)) return new Date(value);
  if (Array.isArray(value)) return value.map((item) => withDates(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withDates(item)]));
}
