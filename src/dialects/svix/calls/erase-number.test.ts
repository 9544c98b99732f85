/** The erasure of a number over HTTP: who may ask for it, its task as Svix's SDK sees it, and its refusals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BackgroundTaskStatus, BackgroundTaskType } from "svix";
import { eventually } from "../../../../test/harness/engine.ts";
import { startNativeApi } from "../../../../test/harness/native-api.ts";

const NUMBER = "+12065550100";

test("a manage key erases a number of its application, as a task that Svix's SDK reads", async () => {
  await using api = await startNativeApi();
  await api.svix.application.create({ name: "One", uid: "one" });
  const createKey = async (kind: string) =>
    ((await api.call("POST", "/app/one/key", { body: { kind } })).body as { readonly key: string })
      .key;
  const payload = {
    message: { id: "in-1", channel: "sms", from: NUMBER, to: "+12065550199", text: "Hello" },
  };
  const sent = await api.svix.message.create("one", { eventType: "message.received", payload });
  const erase = (number: unknown, token: string, app = "one") =>
    api.call("POST", `/app/${app}/erase-number`, { body: { number }, token });
  assert.equal((await erase(NUMBER, await createKey("publish"))).status, 403);
  const token = await createKey("manage");
  for (const [number, hint] of [
    ["2065550100", "did you mean +12065550100?"],
    ["12345", "E.164"],
    ["ada@example.com", "E.164"],
    [12_065_550_100, "string"],
  ] as const) {
    const refused = await erase(number, token);
    assert.equal(refused.status, 422, refused.text);
    assert.ok(refused.text.includes(hint), refused.text);
  }
  for (const [body, hint] of [
    [{}, "give either number or userId"],
    [{ number: NUMBER, userId: "US.13491208655302741918" }, "give either number or userId"],
    [{ userId: NUMBER }, "a WhatsApp user id such as"],
  ] as const) {
    const refused = await api.call("POST", "/app/one/erase-number", { body, token });
    assert.equal(refused.status, 422, refused.text);
    assert.ok(refused.text.includes(hint), refused.text);
  }
  const begun = await erase(NUMBER, token);
  assert.equal(begun.status, 202, begun.text);
  const { id } = begun.body as { readonly id: string };
  const task = await eventually(
    () => api.svix.backgroundTask.get(id),
    ({ status }) => status !== BackgroundTaskStatus.Running,
  );
  assert.equal(task.status, BackgroundTaskStatus.Finished);
  assert.equal(task.task, BackgroundTaskType.ApplicationPurgeContent);
  const { messagesErased, messagesSent, endpointId } = task.data as Record<string, unknown>;
  // The text, and the contact that it made known.
  assert.deepEqual([messagesErased, messagesSent, endpointId], [2, 0, null]);
  assert.ok(!JSON.stringify(task.data).includes(NUMBER));
  const shown = await api.call("GET", `/app/one/msg/${sent.id}`);
  assert.ok(!shown.text.includes(NUMBER), shown.text);
  await api.call("POST", "/app/one/line", {
    body: {
      number: "+12065550199",
      username: "desk@one.example",
      password: "correct horse 1",
      name: "Desk",
    },
  });
  const userId = { userId: "US.13491208655302741918" };
  const person = await api.call("POST", "/app/one/erase-number", { body: userId, token });
  assert.equal(person.status, 202, person.text);
  const line = await erase("+12065550199", token);
  assert.equal(line.status, 409, line.text);
});
