/** Logins of a line, from the native call that adds one to Zipwhip's calls with its session. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { openZipwhipLine, zipwhipPost } from "../../../../test/harness/zipwhip-line.ts";
import type { ZipwhipLine } from "../../../../test/harness/zipwhip-line.ts";

let api: NativeApi;
let app: string;
let line: ZipwhipLine;
let path: string;
before(async () => {
  api = await startNativeApi({ HOOKLINE_APIS: "svix,zipwhip" });
  app = (await api.svix.application.create({ name: "Logins" })).id;
  line = await openZipwhipLine(api, { app, number: "+12065550100", username: "desk" });
  path = `/app/${app}/line/${line.id}/login`;
});
after(() => api[Symbol.asyncDispose]());

type Login = { readonly id: string; readonly username: string; readonly createdAt: string };

async function addLogin(username: string, password = `password of ${username}`): Promise<Login> {
  const made = await api.call("POST", path, { body: { username, password } });
  assert.equal(made.status, 201, made.text);
  return made.body as Login;
}

async function login(username: string, password: string): Promise<string | null> {
  const { body } = await zipwhipPost(api.url, "/user/login", { username, password });
  return body.success ? (body.response as string) : null;
}

async function isLive(session: string): Promise<boolean> {
  return (await zipwhipPost(api.url, "/webhook/list", { session })).body.success;
}

test("each login of a line has its own password, and all sessions see the same webhooks", async () => {
  const ada = await addLogin("Ada");
  assert.match(ada.id, /^login_[0-9A-Za-z]{27}$/);
  assert.doesNotMatch(JSON.stringify(ada), /password|scrypt/);
  assert.equal(await login("ada", "correct horse"), null);
  assert.equal(await login("desk", "password of Ada"), null);
  const session = (await login("aDA", "password of Ada")) ?? "";
  assert.ok(session.endsWith(`:${line.deviceId}`), session);
  await line.done("/webhook/add", { type: "message", event: "read", url: "https://example.com/" });
  const { body } = await zipwhipPost(api.url, "/webhook/list", { session });
  assert.deepEqual(body.response, await line.done("/webhook/list"));
});

test("the list of logins begins with the one that the line was registered with", async () => {
  const bob = await addLogin("206-555-0142");
  assert.equal(bob.username, "+12065550142");
  const { body, status } = await api.call("GET", path);
  const { data } = body as { readonly data: readonly Login[] };
  assert.equal(status, 200);
  assert.deepEqual([data[0]?.id, data[0]?.username], [line.id, "desk"]);
  assert.deepEqual(data.at(-1), bob);
});

test("a deleted login ends its sessions and no others, and the first one cannot be deleted", async () => {
  const { id } = await addLogin("cy");
  const session = (await login("cy", "password of cy")) ?? "";
  assert.equal(await isLive(session), true);
  assert.equal((await api.call("DELETE", `${path}/${id}`)).status, 204);
  assert.equal(await isLive(session), false);
  assert.equal(await login("cy", "password of cy"), null);
  assert.equal(await isLive(line.session), true);
  assert.equal((await api.call("DELETE", `${path}/${id}`)).status, 404);
  const first = await api.call("DELETE", `${path}/${line.id}`);
  assert.equal(first.status, 409, first.text);
});

test("a username that is taken on the server is refused, and so is an unknown line", async () => {
  const other = (await api.svix.application.create({ name: "Other" })).id;
  await addLogin("dee");
  const body = { username: "DEE", password: "x" };
  const registered = { ...body, number: "+12065550101" };
  assert.equal((await api.call("POST", path, { body })).status, 409);
  assert.equal((await api.call("POST", `/app/${other}/line`, { body: registered })).status, 409);
  for (const nowhere of [`/app/${app}/line/none/login`, `/app/${other}/line/${line.id}/login`]) {
    assert.equal((await api.call("GET", nowhere)).status, 404);
    const unused = { username: "unused", password: "x" };
    assert.equal((await api.call("POST", nowhere, { body: unused })).status, 404);
  }
});

test("a repeated request with one Idempotency-Key makes one login", async () => {
  const request = {
    body: { username: "eve", password: "x" },
    headers: { "idempotency-key": "eve-1" },
  };
  const first = await api.call("POST", path, request);
  const second = await api.call("POST", path, request);
  assert.equal(first.status, 201, first.text);
  assert.deepEqual(second.body, first.body);
});
