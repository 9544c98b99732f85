/** A viewer, and a masked session of the dashboard, see no number, text or payload in any answer of the native API. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type DashboardHeaders, signIn } from "../../../test/harness/dashboard-session.ts";
import {
  ADMIN_TOKEN,
  type CallOptions,
  startNativeApi,
  type NativeApi,
} from "../../../test/harness/native-api.ts";
import { startReceiver, type Receiver } from "../../../test/harness/receiver.ts";
import type { JsonValue } from "../../core/json/json-value.ts";
import { CALLS } from "./document.ts";
import { maskAnswer, type PersonalSchema } from "./personal.ts";

/** Names of fields that hold numbers, texts or payloads in an answer. */
const PERSONAL_NAMES = new Set(
  "from to number numbers contact party line lines username text body payload response content contents request curl field orderingKey last_digits".split(
    " ",
  ),
);
/** Answers with made-up numbers, which forms send back. */
const WITH_EXAMPLES = ["getEventType"];
/** Fields of any form that hold configuration. */
const CONFIGURATION = new Set(["schemas", "schema", "data", "metadata", "request", "connectors"]);

describe("the schemas of answers", () => {
  test("mark every field that can hold a number, a text or a payload", () => {
    const unmarked = CALLS.flatMap((call) => [
      ...findUnmarked(
        (call.answers[200] ?? call.answers[201] ?? call.answers[202])?.schema as
          | PersonalSchema
          | undefined,
        call.id,
        "",
      ),
    ]);
    assert.deepEqual(unmarked, []);
  });

  test("without their marks are found", () => {
    const schema = { type: "object", properties: { from: { type: "string" }, any: {} } };
    assert.deepEqual([...findUnmarked(schema, "x", "")], ["x.from", "x.any"]);
  });
});

describe("masking an answer", () => {
  const number: PersonalSchema = { type: "string", "x-personal": "number" };
  const payload: PersonalSchema = { "x-personal": "payload" };
  const masked = (schema: PersonalSchema, value: JsonValue) => maskAnswer(schema, value);
  const inObject = (properties: Record<string, PersonalSchema>): PersonalSchema => ({
    type: "object",
    properties,
  });

  test("reaches lists, maps and fields that may be null", () => {
    const either = { anyOf: [number, { type: "null" }] };
    assert.deepEqual(masked(inObject({ from: either }), { from: "+12065550188" }), {
      from: "+1206•••0188",
    });
    assert.deepEqual(masked(inObject({ from: either }), { from: null }), { from: null });
    const list = { type: "array", items: inObject({ payload }) };
    assert.deepEqual(masked(list, [{ payload: [1] }]), [{ payload: { hidden: true } }]);
    const map = { type: "object", patternProperties: { "^.*$": number } };
    assert.deepEqual(masked(map, { a: "+12065550188" }), { a: "+1206•••0188" });
  });

  test("keeps the marks of content that is absent", () => {
    for (const value of [{}, { expired: true }]) assert.deepEqual(masked(payload, value), value);
  });

  test("can leave numbers in fields without a mark, and no others", () => {
    const schema = inObject({ from: number, url: { type: "string" } });
    const answer = { from: "+12065550188", url: "https://example.com/12065550188" };
    assert.deepEqual(maskAnswer(schema, [answer], false), [answer]);
    const list: PersonalSchema = { type: "array", items: schema };
    assert.deepEqual(maskAnswer(list, [answer], false), [{ ...answer, from: "+1206•••0188" }]);
  });

  test("masks numbers in fields that no schema describes", () => {
    assert.deepEqual(masked({}, { other: [{ note: "call +12065550188" }] }), {
      other: [{ note: "call +1206•••0188" }],
    });
  });
});

describe("a masked caller", () => {
  const NUMBERS = ["+12065550188", "+12065550100", "2065550188"];
  const CONTENTS = ["kohlrabi", "receiver-echo"];
  let api: NativeApi;
  let receiver: Receiver;
  let token: string;
  let session: DashboardHeaders;
  let ids: Record<string, string>;
  before(async () => {
    receiver = await startReceiver((_receipt, response) => {
      response.writeHead(200).end("receiver-echo +12065550188");
    });
    api = await startNativeApi({ HOOKLINE_UI_MASK: "on" });
    session = await signIn(api, ADMIN_TOKEN);
    const { svix } = api;
    const app = (await svix.application.create({ name: "Own", uid: "own" })).id;
    const line = { number: "+12065550100", username: "2065550188", password: "correct horse" };
    const made = await api.call("POST", "/app/own/line", { body: line });
    assert.equal(made.status, 201, made.text);
    const lines = ["+12065550100"];
    const url = receiver.url;
    const endpoint = await api.call("POST", "/app/own/endpoint", { body: { url, lines } });
    assert.equal(endpoint.status, 201, endpoint.text);
    const sink = await api.call("POST", "/app/own/destination", {
      body: { type: "pollingEndpoint", uid: "reader" },
    });
    const message = await svix.message.create(app, {
      eventType: "message.received",
      payload: {
        message: {
          id: "m-1",
          channel: "sms",
          from: NUMBERS[0],
          to: NUMBERS[1],
          text: "kohlrabi",
        },
      },
    });
    const key = await api.call("POST", "/operator-key", { body: { name: "Eve", role: "viewer" } });
    token = (key.body as { key: string }).key;
    let attempt: string | undefined;
    while (attempt === undefined) {
      attempt = (await svix.messageAttempt.listByMsg(app, message.id)).data[0]?.id;
    }
    ids = {
      app: "own",
      msg: message.id,
      text: "m-1",
      endpoint: (endpoint.body as { id: string }).id,
      attempt,
      line: (made.body as { id: string }).id,
      name: "message.received",
      sink: "reader",
      destination: "reader",
    };
    assert.equal(sink.status, 201, sink.text);
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  async function assertMasked(masked: CallOptions, left: readonly string[]): Promise<void> {
    const seen = new Set<string>();
    for (const call of CALLS.filter(({ operator }) => operator === "viewer")) {
      if (call.methods[0] !== "GET" || left.includes(call.id)) continue;
      const path = call.path
        .replace("/api/v1", "")
        .replace(/:(\w+)/g, (_all, name: string) => ids[name] ?? "none");
      const answer = await api.call("GET", path, masked);
      for (const secret of [...NUMBERS, ...CONTENTS]) {
        assert.ok(!answer.text.includes(secret), `${call.id} shows ${secret}: ${answer.text}`);
      }
      if (answer.status === 200) seen.add(call.id);
      const full = await api.call("GET", path);
      for (const secret of [...NUMBERS, ...CONTENTS]) {
        if (full.text.includes(secret)) seen.add(secret);
      }
    }
    for (const one of [
      ...NUMBERS,
      ...CONTENTS,
      "getMessage",
      "getText",
      "listTexts",
      "readFeed",
      "getAttempt",
    ]) {
      assert.ok(seen.has(one), `${one} was not seen`);
    }
    assert.ok(seen.size > 25, `only ${seen.size} reads were answered`);
  }

  test("gets every read without a number, a text or a payload, and an operator gets them", () =>
    assertMasked({ token }, []));

  test("is also an admin in the dashboard, by setting, while the admin token itself is not masked", () =>
    assertMasked({ token: null, headers: session }, WITH_EXAMPLES));

  test("still sees ids, states and the parts of a number", async () => {
    const message = await api.call("GET", `/app/own/msg/${ids["msg"]}`, { token });
    const { id, payload } = message.body as { id: string; payload: object };
    assert.deepEqual([id, payload], [ids["msg"], { hidden: true }]);
    const lines = await api.call("GET", "/app/own/line", { token });
    assert.ok(lines.text.includes('"number":"+1206•••0100"'), lines.text);
  });
});

function* findUnmarked(
  schema: PersonalSchema | undefined,
  path: string,
  name: string,
): Generator<string> {
  if (schema === undefined || schema["x-personal"] !== undefined) return;
  const { anyOf = [], items, properties = {}, patternProperties = {}, ...rest } = schema;
  const more = rest.additionalProperties;
  const isFixed = schema.enum !== undefined || schema.const !== undefined;
  const isOpen = schema.type === undefined && anyOf.length === 0 && !isFixed;
  const isText = schema.type === "string" && !isFixed && schema.format === undefined;
  if ((isOpen && !CONFIGURATION.has(name)) || (isText && PERSONAL_NAMES.has(name))) yield path;
  for (const one of anyOf) yield* findUnmarked(one, path, name);
  yield* findUnmarked(items, path, name);
  for (const [member, inner] of Object.entries(properties)) {
    yield* findUnmarked(inner, `${path}.${member}`, member);
  }
  const values = [...Object.values(patternProperties), ...(typeof more === "object" ? [more] : [])];
  for (const inner of values) yield* findUnmarked(inner, `${path}.*`, name);
}
