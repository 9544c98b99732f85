/** Login and logout over HTTP. Limits on password guessing are tested beside `limit-logins.ts`. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import {
  LINE_PASSWORD,
  loginZipwhip,
  openZipwhipLine,
  zipwhipFetch,
  zipwhipPost,
} from "../../../../test/harness/zipwhip-line.ts";
import type { ZipwhipLine } from "../../../../test/harness/zipwhip-line.ts";

let api: NativeApi;
let app: string;
let line: ZipwhipLine;
before(async () => {
  api = await startNativeApi({ HOOKLINE_APIS: "svix,zipwhip" });
  app = (await api.svix.application.create({ name: "Users" })).id;
  line = await openZipwhipLine(api, { app, number: "+12065550100" });
});
after(() => api[Symbol.asyncDispose]());

const password = LINE_PASSWORD;

function login(query: string) {
  return zipwhipFetch(`${api.url}/user/login?${query}`, {});
}

test("login returns only a session, which is a random UUID, a colon and the deviceId", async () => {
  const { status, text } = await zipwhipPost(api.url, "/user/login", {
    username: line.username,
    password,
  });
  const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
  assert.equal(status, 200);
  assert.match(text, new RegExp(`^\\{"success":true,"response":"${uuid}:${line.deviceId}"\\}$`));
});

describe("the username may be", () => {
  const forms = [
    ["in E.164", "username=%2B12065550100"],
    ["ten digits", "username=2065550100"],
    ["eleven digits", "username=12065550100"],
    ["E.164 with its + not escaped", "username=+12065550100"],
    ["an address", "username=ptn:/2065550100"],
    ["an address with its + not escaped", "username=ptn:/+12065550100"],
    ["called userName", "userName=2065550100"],
    ["called mobileNumber", "mobileNumber=2065550100"],
    ["said twice alike", "username=2065550100&mobileNumber=2065550100"],
  ] as const;
  for (const [name, query] of forms) {
    test(name, async () => {
      const { body, text } = await login(`${query}&password=${encodeURIComponent(password)}`);
      assert.equal(body.success, true, text);
      assert.ok(String(body.response).endsWith(`:${line.deviceId}`));
    });
  }

  test("ten digits or an address when it was registered so, and a word in any case", async () => {
    const local = await openZipwhipLine(api, {
      app,
      number: "+12065550101",
      username: "2065550101",
    });
    assert.ok((await loginZipwhip(api.url, "+12065550101")).endsWith(`:${local.deviceId}`));
    const address = await openZipwhipLine(api, {
      app,
      number: "+12065550102",
      username: "ptn:/2065550102",
    });
    assert.ok((await loginZipwhip(api.url, "+12065550102")).endsWith(`:${address.deviceId}`));
    const word = await openZipwhipLine(api, { app, number: "+12065550103", username: "Desk" });
    assert.ok((await loginZipwhip(api.url, "dESK")).endsWith(`:${word.deviceId}`));
    const abroad = await openZipwhipLine(api, { app, number: "+442079460999" });
    assert.ok((await loginZipwhip(api.url, "442079460999")).endsWith(`:${abroad.deviceId}`));
  });
});

test("a base URL that ends in a slash works", async () => {
  const query = `username=2065550100&PASSWORD=${encodeURIComponent(password)}`;
  for (const path of ["//user/login", "/user//login", "//USER//Login/"]) {
    const { body, text } = await zipwhipFetch(`${api.url}${path}?${query}`, {});
    assert.equal(body.success, true, text);
  }
});

test("a wrong password and an unknown username are refused with 401 and the same words", async () => {
  const wrong = await login("username=2065550100&password=wrong");
  const unknown = await login("username=2065559999&password=wrong");
  assert.equal(wrong.text, unknown.text);
  assert.deepEqual([wrong.status, unknown.status], [401, 401]);
  assert.match(wrong.text, /^\{"success":false,"response":"[^"]+"\}$/);
});

test("after ten wrong passwords from one source the next login is refused, for every spelling of the username", async () => {
  await openZipwhipLine(api, { app, number: "+12065550110" });
  const forms = ["2065550110", "%2B12065550110", "ptn:/2065550110"];
  for (let i = 0; i < 10; i++) {
    const { text } = await login(`username=${forms[i % 3]}&password=wrong${i}`);
    assert.match(text, /password is wrong/);
  }
  const answer = await login(`username=2065550110&password=${encodeURIComponent(password)}`);
  assert.equal(answer.status, 401);
  assert.match(answer.text, /"success":false,"response":"Too many failed logins/);
  assert.ok(Number(answer.headers.get("retry-after")) > 800);
  const other = await login(`username=2065550100&password=${encodeURIComponent(password)}`);
  assert.equal(other.body.success, true);
});

test("behind an untrusted proxy, ten wrong passwords lock no caller out", async () => {
  const headers = { "x-forwarded-for": "203.0.113.7" };
  for (let i = 0; i < 10; i++) {
    const url = `${api.url}/user/login?username=2065550100&password=wrong${i}`;
    const { text } = await zipwhipFetch(url, { headers });
    assert.match(text, /password is wrong/);
  }
  const query = `username=2065550100&password=${encodeURIComponent(password)}`;
  const { text } = await zipwhipFetch(`${api.url}/user/login?${query}`, { headers });
  assert.match(text, /"success":true/);
});

test("logout ends this session and no other", async () => {
  const [first, second] = [
    await loginZipwhip(api.url, line.username),
    await loginZipwhip(api.url, line.username),
  ];
  const list = (session: string) => zipwhipPost(api.url, "/webhook/list", { session });
  assert.equal((await list(first)).body.success, true);
  const out = await zipwhipPost(api.url, "/user/logout", { session: first });
  assert.equal(out.text, '{"success":true,"response":true}');
  assert.match((await list(first)).text, /"success":false,"response":"Invalid session key/);
  assert.equal((await list(second)).body.success, true);
  assert.equal(
    (await zipwhipPost(api.url, "/user/logout", { session: first })).body.success,
    false,
  );
});

test("user/get shows the line with the keys that Zipwhip's clients read", async () => {
  const number = "+12065550121";
  const body = { number, username: "named", password, name: "Front desk" };
  const made = await api.call("POST", `/app/${app}/line`, {
    body: { ...body, payloadGeneration: "2015" },
  });
  assert.equal(made.status, 201, made.text);
  const session = await loginZipwhip(api.url, "named");
  const answer = await zipwhipPost(api.url, "/user/get", { session });
  const { user } = answer.body.response as { readonly user: Record<string, unknown> };
  const { deviceId } = made.body as { readonly deviceId: number };
  assert.equal(user["fullName"], "Front desk");
  assert.equal(user["firstName"], "Front desk");
  assert.equal(user["mobileNumber"], "2065550121");
  assert.equal(user["websiteDeviceId"], deviceId);
  assert.match(String(user["dateCreated"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[78]:00$/);
  const none = (await line.done("/user/get")) as { readonly user: Record<string, unknown> };
  assert.deepEqual([none.user["fullName"], none.user["mobileNumber"]], ["", line.number]);
  assert.equal((await zipwhipPost(api.url, "/user/get", {})).status, 401);
});

test("sessions end when their line is deleted", async () => {
  const deletedLine = await openZipwhipLine(api, { app, number: "+12065550120" });
  assert.equal((await deletedLine.call("/webhook/list")).body.success, true);
  assert.equal((await api.call("DELETE", `/app/${app}/line/${deletedLine.id}`)).status, 204);
  assert.equal((await deletedLine.call("/webhook/list")).body.success, false);
});

test("a former Zipwhip path that Hookline does not have is refused with success and a text in response", async () => {
  const all = "conversation contact session device group signals presence messaging user message";
  for (const path of [...all.split(" "), "webhook", "carbon", "textline", "Password"]) {
    for (const [given, method] of [
      [`/${path}/other`, "POST"],
      [`//${path}`, "GET"],
    ] as const) {
      const { status, text } = await zipwhipFetch(`${api.url}${given}`, { method });
      assert.equal(status, 200, given);
      assert.equal(text, '{"success":false,"response":"There is no call at this path."}', given);
    }
  }
});
