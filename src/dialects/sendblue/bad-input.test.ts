/** Invalid webhook calls are refused in Sendblue's format with the reason, and change nothing. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi } from "../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../test/harness/native-api.ts";
import { openSendblueAccount } from "../../../test/harness/sendblue-account.ts";
import type { SendblueAccount } from "../../../test/harness/sendblue-account.ts";

type Case = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "PATCH";
  readonly body?: unknown;
  readonly raw?: string | Uint8Array;
  readonly headers?: object;
  readonly path?: string;
  /** Defaults to 400. */
  readonly status?: number;
  readonly message: RegExp;
};

const URL_1 = "https://example.com/one";
const SECRET = "do-not-repeat-me";
const PATH = "/api/account/webhooks";

function webhooks(method: Case["method"], list: unknown, message: RegExp): Case {
  return { method, body: { webhooks: list }, message };
}

const CASES: Readonly<Record<string, Case>> = {
  "no body": { method: "POST", message: /not JSON/ },
  "a body that is not JSON": { method: "POST", raw: '{"webhooks":[', message: /not JSON/ },
  "a form": {
    method: "POST",
    raw: "webhooks=x",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    status: 415,
    message: /application\/json/,
  },
  "bytes that are not UTF-8": {
    method: "POST",
    raw: Buffer.from([0x22, 0xff, 0x22]),
    message: /UTF-8/,
  },
  "a list for a body": { method: "POST", body: [URL_1], message: /^the body is a list of 1; / },
  "no webhooks": { method: "POST", body: {}, message: /^webhooks is missing; / },
  "an object of webhooks to add": webhooks("POST", {}, /^webhooks is an object; .* a list/),
  "an entry that is a number": webhooks(
    "POST",
    [URL_1, 7],
    /^webhooks\[1\] is the number 7; .* URL/,
  ),
  "an entry that is null": webhooks("POST", [null], /^webhooks\[0\] is null/),
  "an entry without a url": webhooks(
    "POST",
    [{}],
    /^webhooks\[0\]\.url is missing; .* the absolute https URL/,
  ),
  "a url that is a number": webhooks("POST", [{ url: 5 }], /^webhooks\[0\]\.url is the number 5; /),
  "a secret that is a number": webhooks(
    "POST",
    [{ url: URL_1, secret: 5 }],
    /^webhooks\[0\]\.secret is the number 5; .* Put the number in quotes/,
  ),
  "a text that is not a URL": webhooks("POST", [URL_1, "nonsense"], /^webhooks\[1\]: .*https:\/\//),
  "an empty URL": webhooks("POST", [""], /^webhooks\[0\]: /),
  "a URL that is too long": webhooks(
    "POST",
    [`https://example.com/${"x".repeat(2048)}`],
    /^webhooks\[0\]: .*2048/,
  ),
  "another scheme": webhooks("POST", [{ url: "ftp://example.com" }], /^webhooks\[0\]\.url: /),
  "an empty user name in the URL": webhooks("POST", ["https://:p@example.com/"], /user name/),
  "an address inside": webhooks("POST", ["https://10.0.0.1/"], /^webhooks\[0\]: .*address policy/),
  "a name inside": webhooks("POST", ["https://metadata.internal/"], /address policy/),
  "a secret that no header can carry": webhooks(
    "POST",
    [{ url: URL_1, secret: `${SECRET}\r\nx: y` }],
    /^webhooks\[0\]\.secret: .*printable ASCII/,
  ),
  "a secret that is too long": webhooks(
    "POST",
    [{ url: URL_1, secret: SECRET.repeat(300) }],
    /^webhooks\[0\]\.secret: .*4096/,
  ),
  "a global secret that no header can carry": {
    method: "POST",
    body: { webhooks: [], globalSecret: `${SECRET}é` },
    message: /^globalSecret: .*printable ASCII/,
  },
  "a global secret that is null": {
    method: "POST",
    body: { webhooks: [], globalSecret: null },
    message: /^globalSecret is null/,
  },
  "an unknown type": {
    method: "POST",
    body: { webhooks: [URL_1], type: "recieve" },
    message: /^type: .*did you mean receive\?.*call_log.*contact_profile/,
  },
  "no lines": webhooks(
    "POST",
    [{ url: URL_1, sendblue_numbers: [] }],
    /sendblue_numbers is a list/,
  ),
  "a line that is not a number": webhooks(
    "POST",
    [{ url: URL_1, sendblue_numbers: ["(206) 555-0100"] }],
    /^webhooks\[0\]\.sendblue_numbers\[0\] is .*did you mean \+12065550100/,
  ),
  "lines of another type": {
    method: "POST",
    body: { webhooks: [{ url: URL_1, sendblue_numbers: ["+15550000002"] }], type: "outbound" },
    message: /^webhooks\[0\]\.sendblue_numbers: .*receive/,
  },
  "two things at once": {
    method: "POST",
    body: { webhooks: [{ url: URL_1, secret: true }], type: 1 },
    message: /webhooks\[0\]\.secret is true.*type is the number 1/,
  },
  "a replacement that is a list": webhooks("PUT", [URL_1], /^webhooks is a list of 1; .* object/),
  "a replacement that is missing": { method: "PUT", body: {}, message: /^webhooks is missing/ },
  "a replacement of an unknown type": webhooks(
    "PUT",
    { receive: [URL_1], recieve: [] },
    /^webhooks\.recieve: .*did you mean receive\? The types are call_log/,
  ),
  "a replacement of an unknown type that is not a list": webhooks(
    "PUT",
    { receive: [URL_1], call_completed: "on" },
    /^webhooks\.call_completed is "on"; .* a list/,
  ),
  "the name of a type with a blank": webhooks(
    "PUT",
    { "call completed": [URL_1] },
    /^webhooks\.call completed: the type must be a name of at most 64 letters/,
  ),
  "the name of a type that is too long": {
    method: "POST",
    body: { webhooks: [URL_1], type: "x".repeat(65) },
    message: /^type: the type must be a name of at most 64 letters/,
  },
  "more than twenty unknown types": webhooks(
    "PUT",
    Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`unknown_${i}`, [URL_1]])),
    /^webhooks: 21 unknown types .* at most 20/,
  ),
  "a bad URL in a replacement": webhooks(
    "PUT",
    { receive: [URL_1], outbound: [URL_1, { url: "https://" }] },
    /^webhooks\.outbound\[1\]\.url: /,
  ),
  "a replacement whose list is a text": webhooks(
    "PUT",
    { receive: URL_1 },
    /^webhooks\.receive is ".*; .* list/,
  ),
  "a global secret beside the replacement": {
    method: "PUT",
    body: { webhooks: { receive: [URL_1] }, globalSecret: SECRET },
    message: /^globalSecret: .*inside webhooks/,
  },
  "a removal without webhooks": { method: "DELETE", message: /^webhooks is missing/ },
  "a removal of one text": { method: "DELETE", body: { webhooks: URL_1 }, message: /a list/ },
  "a removal of an unknown type": {
    method: "DELETE",
    body: { webhooks: [URL_1], type: "recieve" },
    message: /^type: .*did you mean receive/,
  },
  "a removal of two types": {
    method: "DELETE",
    path: `${PATH}?webhooks=${URL_1}&type=receive&type=outbound`,
    message: /^type is a list of 2/,
  },
  "another method": {
    method: "PATCH",
    body: { webhooks: [] },
    status: 405,
    message: /PATCH .* DELETE, GET, POST, PUT/,
  },
  "another path": {
    method: "GET",
    path: "/api/account/hooks",
    status: 404,
    message: /no call at this path/,
  },
  "a path of Sendblue's that is not here": {
    method: "POST",
    path: "/api/send-message",
    body: {},
    status: 404,
    message: /no call at this path/,
  },
  "a path below its second prefix": {
    method: "GET",
    path: "/api/v2/messages",
    status: 404,
    message: /no call at this path/,
  },
  "a token": {
    method: "POST",
    path: "/v3/auth/tokens",
    body: {},
    status: 404,
    message: /no call at this path/,
  },
  "another method of the second path": {
    method: "PATCH",
    path: "/api/v2/account/webhooks",
    body: { webhooks: [] },
    status: 405,
    message: /PATCH .* DELETE, GET, POST, PUT/,
  },
  "a body that is too large": {
    method: "POST",
    raw: `{"webhooks":["${"x".repeat(5 * 1024 * 1024)}"]}`,
    status: 413,
    message: /larger/,
  },
  "no credentials": {
    method: "POST",
    body: { webhooks: [URL_1] },
    headers: { "sb-api-key-id": "", "sb-api-secret-key": "" },
    status: 401,
    message: /credentials/,
  },
  "a secret that is not the key's": {
    method: "POST",
    body: { webhooks: [URL_1] },
    headers: { "sb-api-secret-key": "x".repeat(64) },
    status: 401,
    message: /credentials/,
  },
  "a key's secret under another id": {
    method: "GET",
    headers: { "sb-api-key-id": "x" },
    status: 401,
    message: /credentials/,
  },
};

describe("an invalid webhook call is refused:", () => {
  let api: NativeApi;
  let account: SendblueAccount;
  before(async () => {
    api = await startNativeApi({
      HOOKLINE_APIS: "svix,sendblue",
      HOOKLINE_HTTP_URLS: "dialect",
    });
    account = await openSendblueAccount(api);
    await account.client.webhooks.update({
      webhooks: { receive: ["https://example.com/kept"], globalSecret: "kept" },
    });
  });
  after(() => api[Symbol.asyncDispose]());

  for (const [name, { method, status = 400, message, ...sent }] of Object.entries(CASES)) {
    test(name, async () => {
      const before = await account.call("GET");
      const answer = await account.call(method, sent);
      assert.equal(answer.status, status, answer.text);
      assert.deepEqual(Object.keys(answer.body), ["status", "message"]);
      assert.equal(answer.body.status, "ERROR");
      assert.match(answer.body.message ?? "", message);
      assert.doesNotMatch(answer.text, new RegExp(SECRET));
      assert.equal((await account.call("GET")).text, before.text);
    });
  }

  test("a revoked key", async () => {
    const other = await openSendblueAccount(api);
    const keys = await api.call("GET", `/app/${other.app}/key`);
    const [key] = (keys.body as { readonly data: readonly { readonly id: string }[] }).data;
    await api.call("DELETE", `/app/${other.app}/key/${key?.id}`);
    assert.equal((await other.call("GET")).status, 401);
  });
});
