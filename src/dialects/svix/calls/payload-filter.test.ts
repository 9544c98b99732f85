/** The payload filter of an endpoint. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";

const URL = "http://127.0.0.1:19009/";
const ENDPOINTS = "/app/a/endpoint";
const FILTER = "message.text == 'HELP'";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
  await api.svix.application.create({ name: "a", uid: "a" });
});
after(() => api[Symbol.asyncDispose]());

type Shown = { readonly id: string; readonly payloadFilter?: string };

test("is shown as it was given, changed by patch and put, and removed by null", async () => {
  const body = { url: URL, uid: "one", payloadFilter: FILTER };
  const made = await api.call("POST", ENDPOINTS, { body });
  assert.equal(made.status, 201, made.text);
  assert.equal((made.body as Shown).payloadFilter, FILTER);
  const listed = (await api.call("GET", ENDPOINTS)).body as { readonly data: readonly Shown[] };
  assert.equal(listed.data[0]?.payloadFilter, FILTER);
  const patch = async (fields: object) =>
    (await api.call("PATCH", `${ENDPOINTS}/one`, { body: fields })).body as Shown;
  assert.equal((await patch({ description: "d" })).payloadFilter, FILTER);
  assert.equal((await patch({ payloadFilter: "a" })).payloadFilter, "a");
  assert.equal((await patch({ payloadFilter: null })).payloadFilter, undefined);
  await patch({ payloadFilter: "a" });
  const put = await api.call("PUT", `${ENDPOINTS}/one`, { body: { url: URL } });
  assert.equal((put.body as Shown).payloadFilter, undefined, put.text);
  await api.call("DELETE", `${ENDPOINTS}/one`);
});

test("a text that is no filter is refused with its fault, and so is Svix's field without a language", async () => {
  for (const [fields, problem] of [
    [{ payloadFilter: "a ==" }, /"loc":\["body","payloadFilter"\].*must not end before a field/],
    [{ payloadFilter: "sort(a)" }, /calls \\"sort\\"; the functions of filters are contains,/],
    [{ payloadFilter: "x".repeat(1_001) }, /"payloadFilter".*1000/],
    [{ payloadFilter: "" }, /"payloadFilter"/],
    [{ filter: "a" }, /"loc":\["body","filter"\].*use payloadFilter, an expression of JMESPath/],
  ] as const) {
    const refused = await api.call("POST", ENDPOINTS, { body: { url: URL, ...fields } });
    assert.equal(refused.status, 422, refused.text);
    assert.match(refused.text, problem);
  }
  const operational = await api.call("POST", "/operational-webhook/endpoint", {
    body: { url: URL, payloadFilter: "a" },
  });
  assert.equal(operational.status, 422, operational.text);
});

test("decides which messages an endpoint gets, and neither example messages nor resends", async () => {
  const { id } = await api.svix.endpoint.create("a", { url: URL, uid: "help" });
  await api.call("PATCH", `${ENDPOINTS}/help`, { body: { payloadFilter: FILTER } });
  const publish = async (text: string) => {
    const message = {
      id: `m-${text}`,
      channel: "sms",
      from: "+12065550188",
      to: "+12065550100",
      text,
    };
    const body = { eventType: "message.received", payload: { message }, derive: false };
    const answer = await api.call("POST", "/app/a/msg", { body });
    assert.equal(answer.status, 202, answer.text);
    const made = Number(answer.headers.get("hookline-deliveries"));
    return { made, id: (answer.body as { readonly id: string }).id };
  };
  assert.equal((await publish("HELP")).made, 1);
  const other = await publish("Hello");
  assert.equal(other.made, 0);
  const example = await api.call("POST", `${ENDPOINTS}/${id}/send-example`, {
    body: { eventType: "message.received" },
  });
  assert.ok(example.status < 300, example.text);
  const resent = await api.call("POST", `/app/a/msg/${other.id}/endpoint/${id}/resend`);
  assert.ok(resent.status < 300, resent.text);
  const sent = await api.call("GET", `/app/a/msg/${other.id}/endpoint`);
  assert.match(sent.text, new RegExp(id));
});
