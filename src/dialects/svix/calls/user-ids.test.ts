/** WhatsApp user ids over HTTP: which events name them, and the refusals of those that contradict each other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";

const USER_ID = "US.13491208655302741918";
const [NUMBER, OTHER, LINE] = ["+12065550100", "+12065550101", "+12065550199"];

test("a user id is taken beside a number, and refused with another one or on the side of the line", async () => {
  await using api = await startNativeApi();
  await api.svix.application.create({ name: "One", uid: "one" });
  let texts = 0;
  const publish = async (more: object) => {
    const message = { id: `in-${++texts}`, channel: "whatsapp", to: LINE, text: "Hello", ...more };
    const body = { eventType: "message.received", payload: { message } };
    const { status, text } = await api.call("POST", "/app/one/msg", { body });
    return { status, text };
  };
  assert.equal((await publish({ from: USER_ID })).status, 202);
  assert.equal((await publish({ from: NUMBER, fromUserId: USER_ID })).status, 202);
  const conflict = await publish({ from: OTHER, fromUserId: USER_ID });
  assert.equal(conflict.status, 409, conflict.text);
  assert.match(conflict.text, /belongs to another number/);
  assert.ok(!conflict.text.includes(NUMBER), conflict.text);
  const line = await publish({ from: NUMBER, toUserId: USER_ID });
  assert.equal(line.status, 422, line.text);
  assert.match(line.text, /"toUserId".*only a contact has a user id/);
  for (let n = 0; n < 7; n++) {
    const fromUserId = `US.ENT.00000000${n}`;
    assert.equal((await publish({ from: NUMBER, fromUserId })).status, 202);
  }
  const ninth = await publish({ from: NUMBER, fromUserId: "US.999999999" });
  assert.equal(ninth.status, 400, ninth.text);
  assert.match(ninth.text, /user_ids_per_contact/);
});
