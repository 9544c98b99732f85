/**
 * I10: a server at the most verbose log level, with everything that it may log. That includes successes,
 * refusals, receivers that fail in every way, and a store that cannot be written. No line contains a secret,
 * a token, the value of a custom header, a message text or a whole phone number.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { rawCall } from "../harness/raw-call.ts";
import { startReceiver } from "../harness/receiver.ts";
import { startServer, temporaryFolder, TOKEN } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";
import { cannotLimit, makeUnwritable, makeWritable } from "../harness/unwritable.ts";

/** Each value is unique, so that finding it in a log is finding a leak. */
const TEXT = "Your tangerine appointment is at noon";
const FIRST_NAME = "Quetzalcoatl";
const HEADER_VALUE = "custom-header-value-7f3a9c";
const PASSWORD = "zipwhip-password-51d0e2";
const WRONG_TOKEN = "hk_wrong_token_88c1f4e9a2";
const URL_PASSWORD = "url-password-03be77";
const SESSION = "7d444840-9dc0-41d1-b245-5ffdce74fad2:1327295480";
const OWN_SECRET = `whsec_${Buffer.from("an endpoint's own signing secret").toString("base64")}`;
const PRIVATE_KEY = `whsk_${Buffer.from("32 bytes of a private signing key").subarray(0, 32).toString("base64")}`;
const ENCRYPTION_KEY = Buffer.from("the key that encrypts all of it.").toString("base64");
const CONTACT = "+12065550188";
const LINE = "+14255550100";
const NUMBERS = [CONTACT, LINE, "+442079460999", "+12065550177"];

test("no log line holds a secret, a token, a header's value, a text or a whole number", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver((receipt, response) => {
    // The receiver echoes each request in its body and in its headers.
    const status = Number(/\/(\d{3})$/.exec(receipt.path)?.[1] ?? 200);
    response.writeHead(status, { "x-echo": encodeURIComponent(receipt.body) }).end(receipt.body);
  });
  const nonHttp = createServer((socket) => socket.end(`${TEXT} ${CONTACT}\r\n\r\n`)).listen(0);
  nonHttp.unref();
  await once(nonHttp, "listening");
  const nonHttpPort = (nonHttp.address() as AddressInfo).port;
  await using server = await startServer({
    captureStdout: true,
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
      HOOKLINE_SECRET_KEY: ENCRYPTION_KEY,
      HOOKLINE_LOG_LEVEL: "trace",
    },
  });
  const secrets = new Set([TEXT, FIRST_NAME, HEADER_VALUE, PASSWORD, WRONG_TOKEN, URL_PASSWORD]);
  secrets.add(Buffer.from(`user:${URL_PASSWORD}`).toString("base64"));
  for (const one of [SESSION, OWN_SECRET, PRIVATE_KEY, ENCRYPTION_KEY, TOKEN]) secrets.add(one);

  const send = (method: string, path: string, body?: unknown, token = TOKEN) =>
    rawCall(server.url, method, path, {
      token,
      ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
    });
  /** Makes a call that must succeed; otherwise the test would prove nothing. */
  const succeed = async (method: string, path: string, body?: unknown) => {
    const { status, text } = await send(method, path, body);
    assert.ok(status < 300, `${method} ${path}: ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as Record<string, string>;
  };

  await succeed("POST", "/app", { name: FIRST_NAME, uid: "quiet" });
  const app = "/app/quiet";
  const headers = { "x-api-key": HEADER_VALUE, "x-plain": `${HEADER_VALUE}-too` };
  const urls = ["/200", "/500", "/404", "/429", "/301"].map((path) => `${receiver.url}${path}`);
  // A port without a listener, a server that does not speak HTTP, and one that does not speak TLS.
  urls.push("http://127.0.0.1:1024/", `http://127.0.0.1:${nonHttpPort}/`);
  urls.push(`https://127.0.0.1:${receiver.port}/`);
  for (const [index, url] of urls.entries()) {
    const made = await succeed("POST", `${app}/endpoint`, {
      url: url.replace("://", `://user:${URL_PASSWORD}@`),
      uid: `e${index}`,
      headers,
      secret: index % 2 === 0 ? OWN_SECRET : PRIVATE_KEY,
      retrySchedule: [1],
    });
    const { key } = await succeed("GET", `${app}/endpoint/${made["id"]}/secret`);
    secrets.add(String(key).replace(/^whpk_.*/, OWN_SECRET));
  }
  await succeed("POST", `${app}/endpoint/e0/secret/rotate`, { gracePeriodSeconds: 3600 });
  secrets.add(String((await succeed("GET", `${app}/endpoint/e0/secret`))["key"]));
  for (const kind of ["app", "sendblue", "publish", "manage"]) {
    const made = await succeed("POST", `${app}/key`, { kind });
    for (const name of ["key", "keySecret"]) if (made[name] !== undefined) secrets.add(made[name]);
  }
  const line = { number: LINE, username: CONTACT, password: PASSWORD };
  await succeed("POST", `${app}/line`, line);

  const message = { id: "m-1", channel: "sms", from: CONTACT, to: LINE, text: TEXT };
  const event = { eventType: "message.received", eventId: "ev-1", payload: { message } };
  const { id } = await succeed("POST", `${app}/msg`, event);
  const contact = { number: "+442079460999", firstName: FIRST_NAME };
  await succeed("POST", `${app}/msg/batch`, [
    { eventType: "contact.created", payload: { contact } },
    { eventType: "own.type", payload: { session: SESSION, text: TEXT, number: "+12065550177" } },
  ]);
  await receiver.until(() => receiver.receipts.length >= 3);
  await succeed("POST", `${app}/msg/${id}/endpoint/e0/resend`);
  await succeed("POST", `${app}/endpoint/e0/send-example`, { eventType: "message.received" });

  const badType = { ...event, eventType: `message.recieved ${CONTACT}` };
  const badUrl = `https://user:${URL_PASSWORD}@10.0.0.1/${TEXT}`;
  const refused = [
    send("POST", `${app}/msg`, event),
    send("POST", `${app}/msg`, badType),
    send("POST", `${app}/msg`, { ...event, payload: { message: { ...message, channel: TEXT } } }),
    send("POST", `${app}/msg`, { ...event, [CONTACT]: TEXT }),
    send("POST", `${app}/msg`, event, WRONG_TOKEN),
    send("POST", `${app}/line`, line),
    send("POST", `${app}/endpoint`, { url: badUrl, headers }),
    send("POST", `${app}/endpoint`, { url: `https://10.0.0.1/?token=${WRONG_TOKEN}` }),
    send("POST", `${app}/endpoint`, { url: receiver.url, headers: { "x y": HEADER_VALUE } }),
    send("POST", `${app}/endpoint`, { url: receiver.url, secret: PASSWORD }),
    send("GET", `${app}/msg/${encodeURIComponent(CONTACT)}?session=${SESSION}&body=${TEXT}`),
    send("GET", `/nowhere/${encodeURIComponent(CONTACT)}?token=${WRONG_TOKEN}`),
    rawCall(server.url, "POST", `${app}/msg`, { body: `{"eventType":"${TEXT} ${CONTACT}` }),
  ];
  for (const answer of await Promise.all(refused)) assert.ok(answer.status >= 400, answer.text);

  const another = { ...event, eventId: "ev-2", payload: { message: { ...message, id: "m-2" } } };
  if (cannotLimit === false) await failToWrite(server, () => send("POST", `${app}/msg`, another));
  // The second attempt of each endpoint is its last one. After it every possible line has been logged.
  await untilLogged(server, (log) => log.split("delivery failed for good").length > urls.length);
  await succeed("PATCH", `${app}/endpoint/e1`, { disabled: true });
  await succeed("DELETE", app);
  assert.equal(await server.stop(), 0);

  const written = `${server.stdout()}\n${server.stderr()}`;
  for (const message of [
    "engine started",
    "events accepted",
    "publish refused",
    "endpoint url refused",
    '"statusCode":500',
    '"reason":"refused"',
    '"reason":"tls"',
    '"reason":"protocol"',
    "delivery failed for good",
    ...(cannotLimit === false ? ["store_unavailable"] : []),
    "engine stopped",
  ]) {
    assert.ok(
      written.includes(message),
      `the log has no "${message}", so the other checks prove nothing`,
    );
  }
  for (const secret of secrets) {
    for (const form of toForms(secret)) {
      assert.deepEqual(linesWith(written, form), [], `${form} is in the log`);
    }
  }
  for (const number of NUMBERS) {
    assert.deepEqual(linesWith(written, number.slice(1)), [], `${number} is in the log`);
    assert.deepEqual(linesWith(written, number.slice(-10)), [], `${number} is in the log`);
  }
});

/** The secret as it is, in its encodings, and without its prefix. */
function toForms(secret: string): string[] {
  const bare = secret.replace(/^(?:whsec|whsk|sk_live|sk_test|hk_test|hk)_/, "");
  const bytes = Buffer.from(secret);
  return [
    ...new Set([
      secret,
      bare,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      bytes.toString("base64"),
      bytes.toString("hex"),
      bytes.toString("latin1"),
    ]),
  ];
}

function linesWith(written: string, needle: string): string[] {
  return written.split("\n").filter((line) => line.includes(needle));
}

async function failToWrite(
  server: ServerProcess,
  publish: () => ReturnType<typeof rawCall>,
): Promise<void> {
  const pid = server.child.pid as number;
  makeUnwritable(pid);
  const { status, text } = await publish();
  makeWritable(pid);
  assert.equal(status, 503, text);
}

async function untilLogged(server: ServerProcess, isSo: (log: string) => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!isSo(server.stdout())) {
    assert.ok(
      performance.now() < deadline,
      `never logged; at last:\n${server.stdout().slice(-2000)}`,
    );
    await Promise.race([
      once(server.child.stdout as NonNullable<typeof server.child.stdout>, "data"),
      new Promise((resolve) => setTimeout(resolve, 100)),
    ]);
  }
}
