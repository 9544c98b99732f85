/**
 * Tables of invalid requests for the native API. Each gets a refusal that names the field, or one with a code
 * and a sentence. After each the server has exactly the same data as before.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi } from "./native-api.ts";
import type { Answer, CallOptions, NativeApi } from "./native-api.ts";

/** The request, and the fields that a 422 names, in order, separated by spaces. */
type Unprocessable = readonly [name: string, sent: CallOptions, fields: string];
type Refused = readonly [
  name: string,
  call: string,
  answer: readonly [number, string],
  sent: CallOptions,
];

export type BadInput = { api: NativeApi; app: string; endpoint: string };

/**
 * Opens an application `bad` with one endpoint and one message with the eventId `first`. No local address is
 * allowed.
 */
export function openBadInput(): BadInput {
  const opened = {} as BadInput;
  before(async () => {
    opened.api = await startNativeApi({ HOOKLINE_HTTP_URLS: "dialect", HOOKLINE_EGRESS_ALLOW: "" });
    const { svix } = opened.api;
    opened.app = (await svix.application.create({ name: "Bad", uid: "bad" })).id;
    opened.endpoint = (await svix.endpoint.create("bad", { url: "https://example.com/" })).id;
    await svix.message.create("bad", { eventType: "a.b", eventId: "first", payload: {} });
  });
  after(() => opened.api[Symbol.asyncDispose]());
  return opened;
}

/** `call` is method and path. `ENDPOINT` in the path is replaced by the endpoint's id. */
export function test422(opened: BadInput, call: string, cases: readonly Unprocessable[]): void {
  describe(`invalid requests of ${call}`, () => {
    for (const [name, sent, fields] of cases) {
      test(name, async () => {
        const answer = await unchanged(opened, () => send(opened, call, sent));
        assert.equal(answer.status, 422, answer.text);
        assert.deepEqual(locations(answer).join(" "), fields);
      });
    }
  });
}

export function testRefused(opened: BadInput, cases: readonly Refused[]): void {
  describe("refusals with a code and a sentence", () => {
    for (const [name, call, [status, code], sent] of cases) {
      test(name, async () => {
        const answer = await unchanged(opened, () => send(opened, call, sent));
        assert.equal(answer.status, status, answer.text);
        const body = answer.body as { readonly code: string; readonly detail: string };
        assert.equal(body.code, code);
        assert.ok(body.detail.length > 10);
      });
    }
  });
}

function send({ api, endpoint }: BadInput, call: string, sent: CallOptions): Promise<Answer> {
  const [method = "", path = ""] = call.replace("ENDPOINT", endpoint).split(" ");
  return api.call(method, path, sent);
}

async function unchanged(opened: BadInput, act: () => Promise<Answer>): Promise<Answer> {
  const before = await stored(opened);
  const answer = await act();
  assert.equal(await stored(opened), before);
  return answer;
}

/** All data that a caller could have stored. */
async function stored({ api }: BadInput): Promise<string> {
  const ofApp = ["endpoint", "msg", "line", "key"].map((name) => `/app/bad/${name}`);
  const paths = ["/app", "/event-type?limit=250", ...ofApp];
  const answers = await Promise.all(paths.map((path) => api.call("GET", path)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    paths.map(() => 200),
  );
  return answers.map(({ text }) => text).join("\n");
}

type Detail = { readonly loc: readonly string[]; readonly msg: string; readonly type: string };

function locations(answer: Answer): string[] {
  const { detail } = answer.body as { readonly detail: readonly Detail[] };
  assert.ok(Array.isArray(detail), answer.text);
  return (detail as readonly Detail[]).map(({ loc, msg, type }) => {
    assert.ok(loc.every((part) => typeof part === "string"));
    assert.ok(msg.length > 0 && type.length > 0);
    return loc.join(".");
  });
}
