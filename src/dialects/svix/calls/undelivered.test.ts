/** A publish returns the number of its deliveries, and a message without one shows the reason. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";

const URL = "https://example.com/hooks";

function text(id: string, to: string) {
  const message = { id, channel: "sms", from: "+12065550188", to, text: "Hi!" };
  return { eventType: "message.received", payload: { message } };
}

async function publish(api: NativeApi, body: object) {
  const made = await api.call("POST", "/app/a/msg", { body });
  assert.equal(made.status, 202, made.text);
  const { id } = made.body as { id: string };
  const shown = await api.call("GET", `/app/a/msg/${id}`);
  const { undelivered, tags } = shown.body as { undelivered?: string; tags: string[] | null };
  return { deliveries: made.headers.get("hookline-deliveries"), undelivered, tags };
}

test("a publish counts its deliveries, and a message that reached no endpoint shows the reason", async () => {
  await using api = await startNativeApi();
  await api.call("POST", "/app", { body: { name: "a", uid: "a" } });

  const none = await publish(api, { ...text("m-1", "+12065550100"), tags: ["mine"] });
  assert.deepEqual(none, {
    deliveries: "0",
    undelivered: "no endpoint asks for it",
    tags: ["mine"],
  });

  const hook = { url: URL, filterTypes: ["message.received"] };
  await api.call("POST", "/app/a/endpoint", { body: hook });
  await api.call("POST", "/app/a/endpoint", { body: hook });
  const two = await publish(api, text("m-2", "+12065550100"));
  assert.deepEqual(two, { deliveries: "2", undelivered: undefined, tags: null });
  const own = await publish(api, { eventType: "order.paid", payload: {} });
  assert.equal(own.undelivered, "no endpoint asks for it");

  const batch = await api.call("POST", "/app/a/msg/batch", {
    body: [text("m-3", "+12065550100"), { eventType: "order.paid", payload: {} }],
  });
  const { data } = batch.body as { data: { deliveries: number }[] };
  assert.deepEqual(
    data.map(({ deliveries }) => deliveries),
    [2, 0],
  );
  assert.equal(batch.headers.get("hookline-deliveries"), "2");

  // The contact.created event of the first text is among them.
  const listed = await api.call("GET", "/app/a/msg?tag=hookline:no-endpoint");
  const types = (listed.body as { data: { eventType: string }[] }).data.map((one) => one.eventType);
  assert.deepEqual(types, ["order.paid", "order.paid", "contact.created", "message.received"]);
});

test("with only Zipwhip webhooks, the reason is an unregistered line", async () => {
  await using api = await startNativeApi();
  await api.call("POST", "/app", { body: { name: "a", uid: "a" } });
  const line = { number: "+12065550142", username: "front", password: "correct horse battery" };
  const made = await api.call("POST", "/app/a/line", { body: line });
  assert.equal(made.status, 201, made.text);
  const form = (fields: Record<string, string>) => ({
    method: "POST",
    body: new URLSearchParams(fields),
  });
  const login = await fetch(`${api.url}/user/login`, form(line));
  const { response: session } = (await login.json()) as { response: string };
  const hook = { session, type: "message", event: "receive", url: URL, method: "POST" };
  const added = await fetch(`${api.url}/webhook/add`, form(hook));
  assert.match(await added.text(), /"success":true/);

  assert.equal((await publish(api, text("m-1", "+12065550142"))).deliveries, "1");
  const other = await publish(api, text("m-2", "+12065550199"));
  assert.deepEqual([other.deliveries, other.undelivered], ["0", "line is not registered"]);
});
