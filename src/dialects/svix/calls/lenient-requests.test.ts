/** Alternative forms of a request that Svix's clients send. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";

const BOM = "\uFEFF";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
  await api.svix.application.create({ name: "a", uid: "a" });
  await api.svix.endpoint.create("a", { url: "https://example.com/", uid: "e" });
  for (const eventType of ["t.a", "t.b"]) {
    await api.svix.message.create("a", { eventType, eventId: `id-${eventType}`, payload: {} });
  }
});
after(() => api[Symbol.asyncDispose]());

test("the health and the document of the API are also at the paths of Svix's server", async () => {
  const ping = await api.call("GET", "/health/ping", { token: null });
  assert.deepEqual([ping.status, ping.text], [204, ""]);
  for (const path of ["/health?t=1", "/health/ping?t=1&t=2"]) {
    assert.equal((await api.call("GET", path, { token: null })).status, 204, path);
  }
  const document = await api.call("GET", "/openapi.json", { token: null });
  assert.equal(document.status, 200);
  assert.equal(document.text, await (await fetch(`${api.url}/openapi/svix.json`)).text());
});

test("a list in a query is read with and without brackets", async () => {
  const forms = [
    "event_types=t.a",
    "event_types[]=t.a",
    "event_types%5B%5D=t.a",
    "event_types[0]=t.a",
    "event_types[0]=t.a&event_types[1]=t.c",
    "event_types[]=t.a&event_types[]=t.c",
  ];
  for (const form of forms) {
    const { status, body, text } = await api.call("GET", `/app/a/msg?${form}`);
    assert.equal(status, 200, `${form}: ${text}`);
    const { data } = body as { readonly data: readonly { readonly eventType: string }[] };
    assert.deepEqual(
      data.map(({ eventType }) => eventType),
      ["t.a"],
      form,
    );
  }
  assert.equal((await api.call("GET", "/app/a/msg?limit[]=1")).status, 422);
});

test("a parameter with a refused character is one problem", async () => {
  for (const form of ["iterator=%00", "event_types=t.a,%00", "event_types[]=%00", "limit=%00"]) {
    const { status, body } = await api.call("GET", `/app/a/msg?${form}`);
    const { detail } = body as { readonly detail: readonly unknown[] };
    assert.deepEqual([status, detail.length], [422, 1], form);
  }
});

test("an event type with empty feature flags is accepted as it is shown", async () => {
  const path = "/event-type/t.flags";
  const made = await api.call("PUT", path, { body: { description: "", featureFlags: [] } });
  const { featureFlag, featureFlags } = made.body as Readonly<Record<string, unknown>>;
  assert.deepEqual([featureFlag, featureFlags], [null, []], made.text);
  const put = await api.call("PUT", path, { body: { description: "", featureFlag, featureFlags } });
  assert.equal(put.status, 200, put.text);
});

test("an event type's schemas may have any names", async () => {
  const schemas = { "a\u0000b": { type: "object" }, ["x".repeat(300)]: {} };
  const path = "/event-type/t.schemas";
  const put = await api.call("PUT", path, { body: { description: "", schemas } });
  assert.equal(put.status, 201, put.text);
  const { body } = await api.call("GET", path);
  assert.deepEqual((body as { readonly schemas: object }).schemas, schemas);
});

test("a list accepts the parameters of Svix's sister lists, and no others", async () => {
  const history = [
    "/app/a/msg",
    "/app/a/attempt/msg/id-t.a",
    "/app/a/attempt/endpoint/e",
    "/app/a/endpoint/e/msg",
    "/app/a/msg/id-t.a/endpoint",
  ];
  const taken =
    "with_content=true&with_msg=true&expanded_statuses=true&status=0&status_code_class=200" +
    "&order=descending&endpoint_id=e&channel=c&tag=t&event_types=t.a" +
    "&before=2026-01-01T00:00:00Z&after=2026-01-01T00:00:00Z&limit=5";
  for (const path of history) {
    const answer = await api.call("GET", `${path}?${taken}`);
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    assert.equal((await api.call("GET", `${path}?chanel=c`)).status, 422, path);
  }
  const configuration = [
    "/app",
    "/app/a/endpoint",
    "/event-type",
    "/operational-webhook/endpoint",
    "/background-task",
  ];
  for (const path of configuration) {
    const query = "order=ascending&include_archived=true&with_content=true&limit=5";
    const answer = await api.call("GET", `${path}?${query}`);
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    // An ignored filter would return a longer list than the requested one.
    assert.equal((await api.call("GET", `${path}?channel=c`)).status, 422, path);
  }
});

test("the name in the body of an event type's put is accepted when it equals the path's", async () => {
  const path = "/event-type/named";
  const put = await api.call("PUT", path, { body: { name: "named", description: "d" } });
  assert.equal(put.status, 201, put.text);
  const other = await api.call("PUT", path, { body: { name: "other", description: "d" } });
  assert.equal(other.status, 422);
  assert.match(other.text, /"loc":\["body","name"\]/);
  const patch = await api.call("PATCH", path, { body: { name: "named", description: "e" } });
  assert.equal(patch.status, 200, patch.text);
});

test("a byte order mark before JSON is skipped, in each line of NDJSON too", async () => {
  const event = `{"eventType":"t.a","payload":{"n":1.50}}`;
  const one = await api.call("POST", "/app/a/msg", { raw: BOM + event });
  assert.equal(one.status, 202, one.text);
  assert.match(one.text, /"payload":\{"n":1\.50\}/);
  const list = await api.call("POST", "/app/a/msg/batch", { raw: `${BOM}[${event}]` });
  assert.equal(list.status, 202, list.text);
  const lines = await api.call("POST", "/app/a/msg/batch?with_content=true", {
    raw: `${BOM}${event}\r\n${BOM}${event}\n${BOM}\n`,
    headers: { "content-type": "application/x-ndjson" },
  });
  assert.equal(lines.status, 202, lines.text);
  const { data } = lines.body as { readonly data: readonly object[] };
  assert.equal(data.length, 2);
  assert.doesNotMatch(lines.text, new RegExp(BOM));
});

test("the native API reads a body as JSON under any Content-Type", async () => {
  const body = JSON.stringify({ eventType: "t.a", payload: {} });
  const types = [
    "text/plain",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "application/json; charset=latin1",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "json",
    "a/b/c;;=",
    "",
  ];
  for (const type of types) {
    const headers = { "content-type": type };
    const answer = await api.call("POST", "/app/a/msg", { raw: body, headers });
    assert.equal(answer.status, 202, `${type}: ${answer.text}`);
  }
  const list = await api.call("POST", "/app/a/msg/batch", {
    raw: `[${body}]`,
    headers: { "content-type": "text/plain" },
  });
  assert.equal(list.status, 202, list.text);
  const headers = { "content-type": "text/plain" };
  const form = await api.call("POST", "/app/a/msg", { raw: "a=b", headers });
  assert.match(form.text, /value_error\.jsondecode/);
});

test("an instant outside the years 0001 to 9999 in UTC is refused with the name of its field", async () => {
  const beyond = ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "0000-06-01T00:00:00Z"];
  const message = { id: "m", channel: "sms", from: "+12065550188", to: "+12065550142", text: "" };
  for (const instant of beyond) {
    const escaped = encodeURIComponent(instant);
    const event = { eventType: "t.a", payload: {} };
    const received = {
      eventType: "message.received",
      payload: { message: { ...message, receivedAt: instant } },
    };
    const read = {
      eventType: "message.read",
      payload: { message: { ...message, direction: "inbound" }, readAt: instant },
    };
    const calls: readonly (readonly [string, string, object | undefined, string])[] = [
      ["GET", `/app/a/msg?before=${escaped}`, undefined, "query.before"],
      ["GET", `/app/a/event?since=${escaped}`, undefined, "query.since"],
      ["GET", `/app/a/endpoint/e/stats?until=${escaped}`, undefined, "query.until"],
      ["POST", "/app/a/msg", { ...event, occurredAt: instant }, "body.occurredAt"],
      ["POST", "/app/a/msg", { ...event, deliverAt: instant }, "body.deliverAt"],
      ["POST", "/app/a/endpoint/e/recover", { since: instant }, "body.since"],
      ["POST", "/app/a/msg", received, "body.payload.message.receivedAt"],
      ["POST", "/app/a/msg", read, "body.payload.readAt"],
    ];
    for (const [method, path, body, field] of calls) {
      const answer = await api.call(method, path, body === undefined ? {} : { body });
      assert.equal(answer.status, 422, `${path} ${instant}: ${answer.text}`);
      const { detail } = answer.body as { readonly detail: readonly { readonly loc: string[] }[] };
      assert.deepEqual(
        detail.map(({ loc }) => loc.join(".")),
        [field],
      );
      assert.match(answer.text, /9999/);
    }
  }
  const last = { eventType: "t.a", payload: {}, occurredAt: "9999-12-31T23:59:59.999Z" };
  assert.equal((await api.call("POST", "/app/a/msg", { body: last })).status, 202);
});
