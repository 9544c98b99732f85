/**
 * Mistakes of a client. Each is refused with `success` false and a sentence that names the mistake.
 * Afterwards the line and other lines are unchanged.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi } from "../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../test/harness/native-api.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import {
  openZipwhipLine,
  receiveZipwhipText,
  zipwhipFetch,
} from "../../../test/harness/zipwhip-line.ts";
import type {
  ZipwhipAnswer,
  ZipwhipFields,
  ZipwhipLine,
} from "../../../test/harness/zipwhip-line.ts";
import { stringifyJson } from "../../core/json/json.ts";

type Owner = { readonly line: ZipwhipLine; readonly hook: string; readonly message: string };
type World = { readonly api: NativeApi } & Readonly<Record<"own" | "other" | "stranger", Owner>>;

let world: World;
before(async () => {
  await using receiver = await startReceiver();
  const api = await startNativeApi({
    HOOKLINE_APIS: "svix,zipwhip",
    HOOKLINE_HTTP_URLS: "dialect",
  });
  const app = (await api.svix.application.create({ name: "Bad" })).id;
  const another = (await api.svix.application.create({ name: "Stranger" })).id;
  const number = "+12065550100";
  async function loadOwner(line: ZipwhipLine, ref: string): Promise<Owner> {
    const text = "Hello";
    const { id } = await receiveZipwhipText({ api, receiver }, { app: ref, line, text });
    const fields = { type: "message", event: "delete", url: "https://example.com/" };
    const [hook] = (await line.done("/webhook/add", fields)) as [{ webhookId: number }];
    return { line, hook: String(hook.webhookId), message: String(id) };
  }
  const [line, other, stranger] = [
    await openZipwhipLine(api, { app, number }),
    await openZipwhipLine(api, { app, number: "+12065550101" }),
    await openZipwhipLine(api, { app: another, number, username: "stranger" }),
  ];
  world = {
    api,
    own: await loadOwner(line, app),
    other: await loadOwner(other, app),
    stranger: await loadOwner(stranger, another),
  };
});
after(() => world.api[Symbol.asyncDispose]());

/** Everything that the calls could have changed, for all three lines. */
async function stored(): Promise<string> {
  const answers = [world.own, world.other, world.stranger].flatMap(({ line, message }) => [
    line.done("/webhook/list"),
    line.done("/message/get", { id: message }),
  ]);
  return stringifyJson(await Promise.all(answers));
}

async function refused(
  act: () => Promise<ZipwhipAnswer>,
  message: RegExp,
  expectedStatus = 200,
): Promise<void> {
  const before = await stored();
  const { status, text, body } = await act();
  assert.deepEqual([status, body.success], [expectedStatus, false], text);
  assert.match(String(body.response), message);
  assert.equal(await stored(), before);
}

/** `HOOK`, `OTHER` and `STRANGER` in a value stand for ids of the lines. */
type Case = readonly [name: string, fields: ZipwhipFields, says: RegExp];

function testCall(path: string, ids: "hook" | "message", cases: readonly Case[]): void {
  describe(`an invalid call of ${path} is refused:`, () => {
    for (const [name, fields, message] of cases) {
      test(name, async () => {
        const { own, other, stranger } = world;
        const pairs = (Array.isArray(fields) ? fields : Object.entries(fields)) as [
          string,
          string,
        ][];
        const filled = pairs.map(
          ([key, value]) =>
            [
              key,
              value
                .replace("OWN", own[ids])
                .replace("OTHER", other[ids])
                .replace("STRANGER", stranger[ids]),
            ] as const,
        );
        await refused(() => own.line.call(path, filled), message);
      });
    }
  });
}

const HOOK = { type: "message", event: "receive", url: "https://example.com/b" };

testCall("/webhook/add", "hook", [
  ["no type", { ...HOOK, type: "" }, /^type is ""; it must be one of message, optout/],
  ["nothing at all", {}, /type is missing.* event is missing.* url is missing/],
  ["an unknown type", { ...HOOK, type: "carrier" }, /^type is "carrier"/],
  ["an unknown event", { ...HOOK, event: "arrive" }, /^event is "arrive".* receive, send/],
  [
    "an event of the other type",
    { ...HOOK, event: "change" },
    /^event is "change"; for the type message/,
  ],
  ["an unknown method", { ...HOOK, method: "PATCH" }, /^method is "PATCH".* POST, PUT, GET/],
  ["no url", { type: "message", event: "receive" }, /^url is missing/],
  ["an invalid url", { ...HOOK, url: "nowhere" }, /url/i],
  ["a url of another scheme", { ...HOOK, url: "ftp://example.com/" }, /http/],
  [
    "a url with a password and no user name",
    { ...HOOK, url: "https://:pass@example.com/" },
    /empty user name/,
  ],
  ["a url in a private network", { ...HOOK, url: "http://10.0.0.1/" }, /address|private|allow/i],
  ["a url of the metadata service", { ...HOOK, url: "http://169.254.169.254/" }, /address|allow/i],
  [
    "a url without an end",
    { ...HOOK, url: `https://example.com/${"a".repeat(2048)}` },
    /^url is a text of/,
  ],
  ["an unknown TLS version", { ...HOOK, tlsMinVersion: "SSLv3" }, /^tlsMinVersion is "SSLv3"/],
  [
    "two urls",
    [...Object.entries(HOOK), ["url", "https://example.com/c"]],
    /^url is given 2 times/,
  ],
  ["two sessions", [...Object.entries(HOOK), ["session", "another"]], /^session is given 2 times/],
]);

testCall("/webhook/update", "hook", [
  ["an unknown number", { webhookId: "1", method: "PUT" }, /^There is no webhook 1 of this line/],
  [
    "another line's",
    { webhookId: "OTHER", method: "PUT" },
    /^There is no webhook \d+ of this line/,
  ],
  [
    "another app's",
    { webhookId: "STRANGER", method: "PUT" },
    /^There is no webhook \d+ of this line/,
  ],
  ["a number that is a word", { webhookId: "first", method: "PUT" }, /^webhookId is "first"/],
  ["an empty number", { webhookId: "", method: "PUT" }, /^webhookId is ""/],
  ["an unknown method", { webhookId: "OWN", method: "DELETE" }, /^method is "DELETE"/],
  ["an empty url", { webhookId: "OWN", url: "" }, /^url is ""/],
  ["a refused url", { webhookId: "OWN", url: "http://192.168.0.1/" }, /address|private|allow/i],
  [
    "two methods",
    [
      ["webhookId", "OWN"],
      ["method", "PUT"],
      ["method", "GET"],
    ],
    /^method is given 2/,
  ],
]);

testCall("/webhook/delete", "hook", [
  ["no number", {}, /^webhookId is missing/],
  ["an unknown number", { webhookId: "2147483648" }, /^There is no webhook 2147483648/],
  ["another line's", { webhookId: "OTHER" }, /^There is no webhook \d+ of this line/],
  ["another app's", { webhookId: "STRANGER" }, /^There is no webhook \d+ of this line/],
  [
    "two numbers",
    [
      ["webhookId", "OWN"],
      ["webhookId", "1"],
    ],
    /^webhookId is given 2 times/,
  ],
]);

for (const path of ["/message/read", "/message/delete"]) {
  testCall(path, "message", [
    ["no id", {}, /^message is missing/],
    [
      "an unknown id",
      { message: "1327295480212647937" },
      /^There is no message 1327295480212647937/,
    ],
    ["an id beyond 64 bits", { message: "9999999999999999999" }, /^There is no message 99/],
    ["another line's", { message: "OTHER" }, /^There is no message \d+ of this line/],
    ["another app's", { message: "STRANGER" }, /^There is no message \d+ of this line/],
    ["its own beside another line's", { message: "OWN,OTHER" }, /^There is no message \d+ of this/],
    ["a word", { message: "first" }, /^message\[0\] is "first"/],
    ["a negative id", { message: "-1" }, /^message\[0\] is "-1"/],
    [
      "more than a hundred",
      { message: Array.from({ length: 101 }, (_, i) => i).join() },
      /at most 100/,
    ],
  ]);
}

testCall("/message/get", "message", [
  ["no id", {}, /^id is missing/],
  ["two ids", { id: "OWN", messageId: "OTHER" }, /^id is given twice/],
  ["another line's", { id: "OTHER" }, /^There is no message/],
  ["another app's", { id: "STRANGER" }, /^There is no message/],
]);

testCall("/messageAttachment/list", "message", [
  ["no id", {}, /^messageId is missing/],
  ["another line's", { messageId: "OTHER" }, /^There is no message/],
  ["another app's", { messageId: "STRANGER" }, /^There is no message/],
]);

testCall("/hostedContent/get", "message", [
  ["no key", {}, /^storageKey is missing/],
  ["an unknown key", { storageKey: "b2a3d1a4" }, /^There is no content/],
]);

describe("a call without a valid session, and a failed login, are refused with 401", () => {
  const paths = [
    "/webhook/add",
    "/webhook/update",
    "/webhook/list",
    "/webhook/delete",
    "/message/get",
    "/message/read",
    "/message/delete",
    "/message/list",
    "/messageAttachment/list",
    "/user/logout",
  ];
  const call = (path: string, fields: Readonly<Record<string, string>>) => () =>
    zipwhipFetch(`${world.api.url}${path}`, { method: "POST", body: new URLSearchParams(fields) });
  for (const path of paths) {
    test(`at ${path}`, async () => {
      await refused(call(path, { ...HOOK }), /^session is missing/, 401);
      await refused(call(path, { ...HOOK, session: "" }), /^Invalid session key/, 401);
      const session = world.own.line.session.replace(/^./, (c) => (c === "0" ? "1" : "0"));
      await refused(call(path, { ...HOOK, session }), /^Invalid session key/, 401);
    });
  }

  test("at /hostedContent/get only when a session is given", async () => {
    const fields = { storageKey: "b2a3d1a4", session: "unknown" };
    await refused(call("/hostedContent/get", fields), /^Invalid session key/, 401);
  });
  test("at /user/login unless a password and one username are given", async () => {
    const login = (fields: Readonly<Record<string, string>>) => call("/user/login", fields);
    await refused(login({ password: "x" }), /^username is missing/, 401);
    await refused(login({ username: "x" }), /^password is missing/, 401);
    await refused(login({ username: "x", password: "" }), /^password is ""/, 401);
    const two = { username: "x", mobileNumber: "y", password: "z" };
    await refused(login(two), /two names of one parameter/, 401);
  });
});

describe("a request is refused as a whole", () => {
  const post = (headers: Readonly<Record<string, string>>, body: string) => () => {
    const session = new URLSearchParams({ session: world.own.line.session }).toString();
    return zipwhipFetch(`${world.api.url}/webhook/add?${session}`, {
      method: "POST",
      headers,
      body,
    });
  };
  test("when its body does not match the content type", async () => {
    const form = new URLSearchParams(HOOK).toString();
    const json = JSON.stringify(HOOK);
    const type = (value: string) => ({ "content-type": value });
    await refused(post(type("application/json"), form), /not JSON/);
    await refused(post(type("application/x-www-form-urlencoded"), json), /is JSON/);
    await refused(
      post(type("multipart/form-data; boundary=x"), form),
      /the body is not valid multipart/,
    );
    await refused(post(type("application/xml"), "<type>message</type>"), /content-type/);
    await refused(post({ ...type("application/json"), "content-encoding": "gzip" }, json), /gzip/);
  });
  test("when it is too large", async () => {
    const body = new URLSearchParams({ ...HOOK, more: "x".repeat(100_000) }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    await refused(post(headers, body), /larger/);
  });
  test("when the call is unknown, or does not accept the method", async () => {
    const { url } = world.api;
    await refused(() => zipwhipFetch(`${url}/webhook/replace`, {}), /no call at this path/);
    await refused(
      () => zipwhipFetch(`${url}/HostedContent/save`, { method: "POST" }),
      /no call at this path/,
    );
    const put = () => zipwhipFetch(`${url}/webhook/add`, { method: "PUT" });
    await refused(put, /PUT is not allowed for this path; allowed methods: GET, POST/);
  });
});
