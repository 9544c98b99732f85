/** The lists of refused publishes and of calls without the right. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";
import { createRefusals, MOST_REFUSALS } from "../../../operations/refusals.ts";

let api: NativeApi;
let app: string;
let key: { readonly id: string; readonly key: string };
before(async () => {
  api = await startNativeApi();
  app = (await api.svix.application.create({ name: "Own", uid: "own" })).id;
  const made = await api.call("POST", "/app/own/key", { body: { kind: "publish" } });
  key = made.body as typeof key;
});
after(() => api[Symbol.asyncDispose]());

async function list(path: string) {
  const answer = await api.call("GET", path);
  assert.equal(answer.status, 200, answer.text);
  return answer.body as { readonly data: readonly Record<string, unknown>[] };
}

test("a refused publish is listed with its reason and its field, and without its body", async () => {
  const body = { eventType: 7, payload: { text: "kohlrabi" } };
  const answer = await api.call("POST", "/app/own/msg", { body, token: key.key });
  assert.equal(answer.status, 422, answer.text);
  await api.call("POST", "/app/own/msg", {
    body: { eventType: "a.b", payload: {} },
    token: key.key,
  });
  await api.call("POST", "/app/own/msg", { body, token: "unknown" });
  const { data } = await list("/refused");
  assert.equal(data.length, 1);
  const { at: _at, ...facts } = data[0] ?? {};
  assert.deepEqual(facts, {
    id: "1",
    requestId: answer.headers.get("x-request-id"),
    verb: "createMessage",
    app: "own",
    appId: app,
    appName: "Own",
    keyId: key.id,
    code: "invalid_field",
    refusedField: "eventType",
  });
  assert.ok(!JSON.stringify(data).includes("kohlrabi"));
  await api.call("POST", "/app/gone/msg", { body });
  const [unknown] = (await list("/refused")).data;
  assert.partialDeepStrictEqual(unknown, { app: "gone", appId: null, appName: null });
});

test("a call without the right is listed with its credential, and an unknown one is not", async () => {
  await api.call("POST", "/app/own/key", { body: { kind: "publish" }, token: key.key });
  await api.call("GET", "/app/own/endpoint", { token: key.key });
  const { token } = await api.svix.authentication.appPortalAccess("own", { readOnly: true });
  await api.call("POST", "/app/own/endpoint", { body: { url: "https://example.com/" }, token });
  await api.call("POST", "/app/own/endpoint", { token: "appsk_unknown" });
  const { data } = await list("/audit/refused");
  const shown = data.map(({ verb, actor }) => [verb, (actor as { kind: string }).kind]);
  assert.deepEqual(shown, [
    ["createEndpoint", "portal"],
    ["listEndpoints", "key"],
    ["createKey", "key"],
  ]);
});

test("the lists keep the latest thousand", () => {
  const { rights } = createRefusals();
  const common = { requestId: "", verb: "", actorId: "", app: null, source: null };
  for (let at = 1; at <= MOST_REFUSALS + 5; at++) {
    rights.add({ ...common, at, actorKind: "key", actorName: null });
  }
  const kept = rights.list().map(({ at }) => at);
  assert.deepEqual([kept.length, kept[0], kept.at(-1)], [MOST_REFUSALS, MOST_REFUSALS + 5, 6]);
});
