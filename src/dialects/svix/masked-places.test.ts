/** Places of answers that a masked caller reads and that no mark of a schema reaches by itself. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { signIn } from "../../../test/harness/dashboard-session.ts";
import { ADMIN_TOKEN, type CallOptions, startNativeApi } from "../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../test/harness/native-api.ts";

const NUMBER = "+12065550188";
const EMAIL = "jane.doe99@example.com";
const LINE = "+12065550100";

describe("an answer to a masked caller", () => {
  let api: NativeApi;
  let viewer: CallOptions;
  let admin: CallOptions;
  before(async () => {
    api = await startNativeApi({ HOOKLINE_UI_MASK: "on" });
    const key = await api.call("POST", "/operator-key", { body: { name: "Eve", role: "viewer" } });
    viewer = { token: (key.body as { key: string }).key };
    admin = { token: null, headers: await signIn(api, ADMIN_TOKEN) };
    const { id } = await api.svix.application.create({ name: "Own", uid: "own" });
    const url = "http://127.0.0.1:9999/hook?to=%2B12065550188&by=12065550188";
    await api.svix.endpoint.create(id, { url });
    for (const [at, from] of [NUMBER, EMAIL].entries()) {
      const message = { id: `m-${at}`, channel: "imessage", from, to: LINE, text: "kohlrabi" };
      await api.svix.message.create(id, { eventType: "message.received", payload: { message } });
    }
  });
  after(() => api[Symbol.asyncDispose]());

  test("has no number in the URLs of endpoints beside a list", async () => {
    for (const caller of [viewer, admin]) {
      for (const path of ["/app/own/text", "/app/own/msg?with_deliveries=true"]) {
        const { status, text, body } = await api.call("GET", path, caller);
        assert.equal(status, 200, text);
        const [endpoint] = (body as { endpoints: readonly { url: string }[] }).endpoints;
        const masked = "http://127.0.0.1:9999/hook?to=%2B1206•••0188&by=1206•••0188";
        assert.equal(endpoint?.url, masked);
        assert.ok(!text.includes("5550188"), text);
      }
    }
  });

  test("names no e-mail address, in a text or in a hit of the search", async () => {
    const contact = encodeURIComponent(EMAIL);
    for (const path of ["/text/m-1", "/search?q=m-1", `/search?q=${contact}`]) {
      const whole = await api.call("GET", `/app/own${path}`);
      assert.ok(whole.text.includes(EMAIL), whole.text);
      for (const caller of [viewer, admin]) {
        const { status, text } = await api.call("GET", `/app/own${path}`, caller);
        assert.equal(status, 200, text);
        assert.ok(!text.includes("jane") && !text.includes("example.com"), text);
      }
    }
  });

  test("has no hit by which hidden digits are found one by one", async () => {
    const count = async (digits: string, caller: CallOptions) => {
      const { body } = await api.call("GET", `/app/own/search?q=${digits}`, caller);
      const { data } = body as { data: readonly { kind: string }[] };
      return data.filter(({ kind }) => kind === "contact").length;
    };
    for (const digits of ["50188", "550188", "5550188", "65550188", "065550188"]) {
      assert.equal(await count(digits, {}), 1, `${digits} is the end of the number`);
      for (const caller of [viewer, admin]) assert.equal(await count(digits, caller), 0, digits);
    }
    for (const digits of ["0188", "2065550188", "%2B12065550188"]) {
      assert.equal(await count(digits, viewer), 1, digits);
    }
  });
});
