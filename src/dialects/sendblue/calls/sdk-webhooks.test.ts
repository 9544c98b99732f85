/** Document 003 through the official `sendblue` package, with `baseURL` set to this server. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import SendblueAPI from "sendblue";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { openSendblueAccount } from "../../../../test/harness/sendblue-account.ts";
import type { SendblueAccount } from "../../../../test/harness/sendblue-account.ts";
import { DOCUMENTED_TYPES, KNOWN_TYPES } from "../webhooks/webhook-types.ts";

const NONE = Object.fromEntries(DOCUMENTED_TYPES.map((type) => [type, []]));
const ONE = "https://example.com/webhook1";
const TWO = "https://example.com/webhook2";

let api: NativeApi;
let account: SendblueAccount;
let webhooks: SendblueAPI["webhooks"];
before(async () => {
  // The default setting, with which http becomes https.
  api = await startNativeApi({
    HOOKLINE_APIS: "svix,sendblue",
    HOOKLINE_HTTP_URLS: "dialect",
  });
});
beforeEach(async () => {
  account = await openSendblueAccount(api);
  webhooks = account.client.webhooks;
});
after(() => api[Symbol.asyncDispose]());

const listed = async () => (await webhooks.list()).webhooks;

test("a new account has an empty list for each documented type", async () => {
  assert.deepEqual(await webhooks.list(), { status: "OK", webhooks: NONE });
});

describe("create", () => {
  test("appends strings and objects in their given form and order", async () => {
    await webhooks.create({ webhooks: [ONE], type: "receive" });
    const entry = { url: TWO, secret: "s3cret" };
    const created = await webhooks.create({
      webhooks: [entry, "https://example.com/3"],
      type: "receive",
    });
    const receive = [ONE, entry, "https://example.com/3"];
    assert.deepEqual(created, {
      status: "OK",
      message: "Webhooks added successfully",
      webhooks: { ...NONE, receive },
    });
    assert.deepEqual(await listed(), { ...NONE, receive });
  });

  test("uses the type receive by default", async () => {
    const created = await webhooks.create({ webhooks: [ONE] });
    assert.deepEqual(created.webhooks?.receive, [ONE]);
  });

  for (const type of KNOWN_TYPES) {
    test(`accepts the type ${type}`, async () => {
      const entry = { url: TWO, secret: "s" };
      const created = await webhooks.create({ webhooks: [ONE, entry], type });
      assert.deepEqual(created.webhooks, { ...NONE, [type]: [ONE, entry] });
    });
  }

  test("shows the global secret among the webhooks, and keeps it when a call has none", async () => {
    const created = await webhooks.create({ webhooks: [ONE], globalSecret: "global" });
    assert.equal(created.webhooks?.globalSecret, "global");
    const again = await webhooks.create({ webhooks: [TWO] });
    assert.equal(again.webhooks?.globalSecret, "global");
    const cleared = await webhooks.create({ webhooks: [], globalSecret: "" });
    assert.deepEqual(cleared.webhooks, { ...NONE, receive: [ONE, TWO] });
  });

  test("adds a URL once, with the secret and the form of the newest entry", async () => {
    await webhooks.create({ webhooks: [ONE, TWO] });
    await webhooks.create({ webhooks: [{ url: ONE, secret: "old" }] });
    const replaced = await webhooks.create({ webhooks: [{ url: ONE, secret: "new" }] });
    assert.deepEqual(replaced.webhooks?.receive, [{ url: ONE, secret: "new" }, TWO]);
    const asString = await webhooks.create({ webhooks: [ONE, ONE] });
    assert.deepEqual(asString.webhooks?.receive, [ONE, TWO]);
    const elsewhere = await webhooks.create({ webhooks: [ONE], type: "outbound" });
    assert.deepEqual(elsewhere.webhooks, { ...NONE, receive: [ONE, TWO], outbound: [ONE] });
  });

  test("treats http as https, and all spellings of a URL as one", async () => {
    await webhooks.create({ webhooks: ["http://example.com/a", "https://example.com"] });
    const again = await webhooks.create({
      webhooks: ["http://example.com/a", "https://EXAMPLE.com/a", "https://example.com/"],
    });
    assert.deepEqual(again.webhooks?.receive, ["https://EXAMPLE.com/a", "https://example.com/"]);
    await webhooks.create({ webhooks: ["https://example.com"] });
    assert.deepEqual((await listed())?.receive, ["https://EXAMPLE.com/a", "https://example.com"]);
  });

  test("returns lines as they were given, each once", async () => {
    const entry = { url: ONE, sendblue_numbers: ["+15550000002", "+15550000003"] };
    const sendblue_numbers = [...entry.sendblue_numbers, "+15550000002"];
    await webhooks.create({ webhooks: [{ ...entry, sendblue_numbers }] });
    assert.deepEqual((await listed())?.receive, [entry]);
  });

  test("makes one entry from many simultaneous calls", async () => {
    const calls = Array.from({ length: 12 }, (_, index) =>
      webhooks.create({ webhooks: [ONE, `https://example.com/own/${index % 3}`] }),
    );
    await Promise.all(calls);
    const receive = (await listed())?.receive ?? [];
    assert.equal(receive.length, 4, JSON.stringify(receive));
    assert.equal(new Set(receive).size, 4);
  });
});

describe("update", () => {
  const everything = {
    receive: [ONE, { url: TWO, secret: "mine" }],
    outbound: ["https://example.com/out"],
    typing_indicator: [ONE],
    globalSecret: "global",
  };

  test("replaces every list", async () => {
    await webhooks.create({ webhooks: ["https://example.com/gone"], type: "line_blocked" });
    const updated = await webhooks.update({ webhooks: everything });
    assert.deepEqual(updated, {
      status: "OK",
      message: "Webhooks updated successfully",
      webhooks: { ...NONE, ...everything },
    });
    await webhooks.update({ webhooks: { outbound: [TWO] } });
    assert.deepEqual(await listed(), { ...NONE, outbound: [TWO], globalSecret: "global" });
  });

  test("keeps the global secret when it is absent, and clears it when it is empty", async () => {
    await webhooks.update({ webhooks: everything });
    const kept = await webhooks.update({ webhooks: { receive: [ONE] } });
    assert.equal(kept.webhooks?.globalSecret, "global");
    const cleared = await webhooks.update({ webhooks: { receive: [ONE], globalSecret: "" } });
    assert.deepEqual(cleared.webhooks, { ...NONE, receive: [ONE] });
  });

  test("keeps the given order", async () => {
    const urls = ["a", "b", "c", "d"].map((name) => `https://example.com/${name}`);
    await webhooks.update({ webhooks: { receive: urls } });
    const [a = "", b = "", c = "", d = ""] = urls;
    const reordered = [d, "https://example.com/new", b, a, c];
    await webhooks.update({ webhooks: { receive: reordered } });
    assert.deepEqual((await listed())?.receive, reordered);
    const added = await webhooks.create({ webhooks: ["https://example.com/last"] });
    assert.deepEqual(added.webhooks?.receive, [...reordered, "https://example.com/last"]);
  });

  test("changes nothing when the result of list is written back", async () => {
    await webhooks.update({ webhooks: { ...everything, inbound_call: [ONE] } });
    const before = await api.svix.endpoint.list(account.app);
    const listedBefore = (await listed()) ?? {};
    assert.deepEqual((await webhooks.update({ webhooks: listedBefore })).webhooks, listedBefore);
    assert.deepEqual((await api.svix.endpoint.list(account.app)).data, before.data);
  });
});

describe("delete", () => {
  beforeEach(() =>
    webhooks.update({
      webhooks: { receive: [ONE, { url: TWO, secret: "s" }], outbound: [ONE] },
    }),
  );

  test("removes strings and objects by their URL, from its type only", async () => {
    assert.deepEqual(await webhooks.delete({ webhooks: [TWO, ONE] }), {
      status: "OK",
      message: "Webhooks deleted successfully",
    });
    assert.deepEqual(await listed(), { ...NONE, outbound: [ONE] });
    await webhooks.delete({ webhooks: [ONE], type: "outbound" });
    assert.deepEqual(await listed(), NONE);
  });

  test("ignores a URL that the type does not have", async () => {
    const unknown = ["https://example.com/unknown", "nonsense"];
    assert.equal((await webhooks.delete({ webhooks: unknown })).status, "OK");
    assert.equal((await listed())?.receive?.length, 2);
  });

  test("recognises every spelling of a URL", async () => {
    await webhooks.delete({ webhooks: ["http://EXAMPLE.com/webhook1"] });
    assert.deepEqual((await listed())?.receive, [{ url: TWO, secret: "s" }]);
  });

  test("accepts entries as list returns them, and the query when the body is lost", async () => {
    const entry = { url: TWO, secret: "s" };
    assert.equal((await account.call("DELETE", { body: { webhooks: [entry] } })).status, 200);
    const query = new URLSearchParams([
      ["webhooks", ONE],
      ["webhooks", "https://example.com/unknown"],
      ["type", "outbound"],
    ]);
    const path = `/api/account/webhooks?${query.toString()}`;
    assert.equal((await account.call("DELETE", { path })).status, 200);
    assert.deepEqual(await listed(), { ...NONE, receive: [ONE] });
  });
});

test("an account sees and changes only its own webhooks", async () => {
  const other = await openSendblueAccount(api);
  await webhooks.create({ webhooks: [ONE], globalSecret: "mine" });
  await other.client.webhooks.update({ webhooks: { receive: [TWO] } });
  await other.client.webhooks.delete({ webhooks: [ONE] });
  assert.deepEqual(await listed(), { ...NONE, receive: [ONE], globalSecret: "mine" });
});

test("webhooks of the native API are neither listed nor changed", async () => {
  const made = await api.svix.endpoint.create(account.app, { url: ONE });
  assert.deepEqual((await webhooks.update({ webhooks: {} })).webhooks, NONE);
  assert.equal((await api.svix.endpoint.get(account.app, made.id)).url, ONE);
});

test("answers with secrets may not be cached", async () => {
  const { headers } = await account.call("GET");
  assert.equal(headers.get("cache-control"), "no-store");
});

describe("the SDK's errors", () => {
  test("identify wrong keys", async () => {
    const stranger = new SendblueAPI({ apiKey: "x", apiSecret: "y", baseURL: api.url });
    await assert.rejects(stranger.webhooks.list(), SendblueAPI.AuthenticationError);
    const token = new SendblueAPI({ accessToken: "t", baseURL: api.url });
    await assert.rejects(token.webhooks.list(), SendblueAPI.AuthenticationError);
  });

  test("carry the server's message", async () => {
    await assert.rejects(
      webhooks.create({ webhooks: [ONE, { url: "ftp://example.com" }] }),
      (error) => {
        assert.ok(error instanceof SendblueAPI.BadRequestError);
        assert.match(error.message, /^400 webhooks\[1\]\.url: the URL must start with https/);
        return true;
      },
    );
  });

  test("identify an unknown call", async () => {
    await assert.rejects(
      account.client.get("/api/account/nothing"),
      (error) =>
        error instanceof SendblueAPI.NotFoundError && /no call at this path/.test(error.message),
    );
  });
});

test("webhooks of unknown types are stored and shown, and can be written back", async () => {
  const entry = { url: TWO, secret: "s3cret", sendblue_numbers: ["+15550000002"] };
  const given = { ...NONE, receive: [ONE], call_completed: [ONE, entry], "x.new-type": [TWO] };
  const put = await account.call("PUT", { body: { webhooks: given } });
  assert.equal(put.status, 200, put.text);
  assert.deepEqual(put.body.webhooks, given);
  assert.deepEqual(await listed(), given);

  const added = await account.call("POST", { body: { webhooks: [TWO], type: "another_one" } });
  assert.deepEqual(added.body.webhooks, { ...given, another_one: [TWO] });
  const removal = { webhooks: [ONE, TWO], type: "call_completed" };
  assert.equal((await account.call("DELETE", { body: removal })).status, 200);
  const { call_completed: _, ...left } = { ...given, another_one: [TWO] };
  assert.deepEqual(await listed(), left);
  assert.equal((await account.call("PUT", { body: { webhooks: left } })).status, 200);
  assert.deepEqual(await listed(), left);
});

test("all four calls work at the path of newer SDKs", async () => {
  const path = "/api/v2/account/webhooks";
  const call = (method: string, body?: object) => account.call(method, { path, body });
  assert.equal((await call("POST", { webhooks: [ONE] })).status, 200);
  assert.deepEqual((await call("GET")).body.webhooks, { ...NONE, receive: [ONE] });
  assert.equal((await call("PUT", { webhooks: { receive: [TWO, ONE] } })).status, 200);
  assert.equal((await call("DELETE", { webhooks: [ONE] })).status, 200);
  assert.deepEqual(await listed(), { ...NONE, receive: [TWO] });
});
