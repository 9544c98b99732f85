/**
 * I10 at Zipwhip's API, whose clients put credentials and numbers into URLs. A server at the most verbose log
 * level logs none of them, whether a call succeeds, is refused, is misspelt or fails.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";
import { zipwhipFetch } from "../harness/zipwhip-line.ts";

const PASSWORD = "zipwhip-password-7c1e90";
const WRONG_PASSWORD = "wrong-password-02fd31";
const UNKNOWN_SESSION = "7d444840-9dc0-41d1-b245-5ffdce74fad2:1327295480";
const LINE = "+14255550100";
const CONTACT = "+12065550188";
const TEXT = "Your tangerine appointment is at noon. ".repeat(300);

test("no log line holds a session, a password, a storage key, a number or a text", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  await using server = await startServer({
    captureStdout: true,
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
      HOOKLINE_LOG_LEVEL: "trace",
    },
  });
  const app = (await call(server.url, "POST", "/app", { name: "Logs" })).body["id"] as string;
  const line = { number: LINE, username: LINE, password: PASSWORD };
  assert.equal((await call(server.url, "POST", `/app/${app}/line`, line)).status, 201);

  const get = (path: string, fields: Readonly<Record<string, string>>) =>
    zipwhipFetch(`${server.url}${path}?${new URLSearchParams(fields).toString()}`, {});
  const done = async (path: string, fields: Readonly<Record<string, string>>) => {
    const { body, text } = await get(path, fields);
    assert.equal(body.success, true, text);
    return body.response;
  };
  const session = (await done("/user/login", { username: LINE, password: PASSWORD })) as string;
  const url = `${receiver.url}/hook`;
  await done("/webhook/add", { session, type: "message", event: "receive", url, method: "GET" });
  const message = { id: "large", channel: "sms", from: CONTACT, to: LINE, text: TEXT };
  const event = { eventType: "message.received", payload: { message } };
  await call(server.url, "POST", `/app/${app}/msg`, event);
  await receiver.until(() => receiver.receipts.length > 0);
  const id = /[?&]id=(\d+)/.exec(receiver.receipts[0]?.path ?? "")?.[1] ?? "";
  const listed = await done("/messageAttachment/list", { session, messageId: id });
  const [{ storageKey }] = listed as [{ readonly storageKey: string }];
  const content = await fetch(`${server.url}/hostedContent/get?storageKey=${storageKey}`);
  assert.equal(await content.text(), TEXT);

  for (const [path, fields] of [
    ["/user/login", { username: LINE, password: WRONG_PASSWORD }],
    ["/user/logout", { session: UNKNOWN_SESSION }],
    [
      "/webhook/add",
      { session, type: "message", event: "receive", url: `http://10.0.0.1/${LINE}` },
    ],
    ["/webhook/none", { session }],
    ["/message/get", { session, id: CONTACT }],
    ["/user/login/%ff", { session }],
  ] as const) {
    assert.equal((await get(path, fields)).body.success, false, path);
  }
  await done("/user/logout", { session });
  await server.stop();

  const logged = server.stdout() + server.stderr();
  assert.ok(logged.includes("attempt"), "the log is nearly empty, so the checks prove nothing");
  const digits = [LINE, CONTACT].map((number) => number.slice(1));
  const secrets = [PASSWORD, WRONG_PASSWORD, UNKNOWN_SESSION, session, storageKey, "tangerine"];
  for (const secret of [...secrets, ...digits]) {
    assert.ok(!logged.includes(secret), `the log has ${secret}`);
    assert.ok(!logged.includes(encodeURIComponent(secret)), `the log has ${secret}, escaped`);
  }
});
