/** Search as the native API shows it: hits, the filters of the list of messages, and the limits of a viewer. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";

const NUMBER = "+12065550188";
const PARTIES = { channel: "sms", from: NUMBER, to: "+12065550100" };

type Hit = Readonly<Record<"kind" | "id" | "app" | "label", string>> & { readonly text: string };
type List = {
  readonly data: readonly {
    readonly id: string;
    readonly marks?: readonly { readonly verdict: { readonly kind: string } }[];
  }[];
  readonly endpoints?: readonly { readonly id: string }[];
  readonly searchedTo?: string | null;
};

describe("search", () => {
  let api: NativeApi;
  let id: string;
  let endpoint: string;
  before(async () => {
    api = await startNativeApi();
    await api.svix.application.create({ name: "Blue Door", uid: "blue" });
    const url = "https://crm.example.com/hooks";
    endpoint = (await api.svix.endpoint.create("blue", { url, disabled: true })).id;
    const message = { id: "m-1", ...PARTIES, text: "Is my table ready?" };
    const payload = { message, count: 9007199254740991 };
    ({ id } = await api.svix.message.create("blue", { eventType: "message.received", payload }));
  });
  after(() => api[Symbol.asyncDispose]());

  const get = async <T>(path: string, token?: string): Promise<T> => {
    const answer = await api.call("GET", path, token === undefined ? {} : { token });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body as T;
  };
  const encoded = encodeURIComponent;

  test("finds a text by its number, and an application by its name", async () => {
    const { data } = await get<{ data: Hit[] }>(`/app/blue/search?q=${encoded(NUMBER)}`);
    assert.deepEqual(
      data.map(({ kind, label, text }) => [kind, label, text]),
      [
        ["contact", NUMBER, null],
        ["text", `${NUMBER} → ${PARTIES.to}`, "Is my table ready?"],
        ["event", "contact.created", null],
      ],
    );
    const apps = await get<{ data: Hit[] }>("/search?q=door");
    assert.deepEqual(
      apps.data.map(({ kind, label }) => [kind, label]),
      [["app", "Blue Door"]],
    );
  });

  test("filters messages by number, text, field and state, with their marks", async () => {
    for (const query of [
      `number=${encoded(NUMBER)}&event_types=message.received`,
      "message_id=m-1",
      "contains=TABLE",
      "field=count%3D9007199254740991",
      "state=not_due&event_types=message.received",
    ]) {
      const path = `/app/blue/msg?with_deliveries=true&${query}`;
      const { data, endpoints, searchedTo } = await get<List>(path);
      assert.deepEqual(
        data.map((one) => one.id),
        [id],
        query,
      );
      assert.deepEqual(
        endpoints?.map((one) => one.id),
        [endpoint],
      );
      assert.deepEqual(
        data[0]?.marks?.map(({ verdict }) => verdict.kind),
        ["disabled"],
      );
      assert.equal(searchedTo, null);
    }
    const none = await get<List>(`/app/blue/msg?endpoint_id=${endpoint}`);
    assert.deepEqual(none.data, []);
  });

  test("refuses a field without a value, and an endpoint of no application", async () => {
    const field = await api.call("GET", "/app/blue/msg?field=message.from");
    assert.equal(field.status, 422);
    assert.match(JSON.stringify(field.body), /"query","field"/);
    const unknown = await api.call("GET", "/app/blue/msg?endpoint_id=ep_unknown");
    assert.equal(unknown.status, 404);
    assert.equal((await api.call("GET", "/app/blue/search")).status, 422);
    assert.equal((await api.call("GET", "/app/blue/search?q=a&iterator=ep_1")).status, 422);
    assert.equal((await api.call("GET", "/app/blue/text/m-1?iterator=ep_1")).status, 422);
    assert.equal((await api.call("GET", `/app/blue/search?q=${"x".repeat(257)}`)).status, 422);
  });

  test("shows a viewer no number and no text, and refuses a search of contents", async () => {
    const made = await api.call("POST", "/operator-key", {
      body: { name: "Vera", role: "viewer" },
    });
    const { key: token } = made.body as { key: string };
    const { data } = await get<{ data: Hit[] }>(`/app/blue/search?q=${encoded(NUMBER)}`, token);
    assert.equal(data.length, 3);
    assert.ok(!JSON.stringify(data).includes("2065550188"), JSON.stringify(data));
    assert.ok(!JSON.stringify(data).includes("table"));
    for (const path of [
      `/app/blue/search?q=${encoded('"table"')}`,
      "/app/blue/msg?contains=table",
      "/app/blue/msg?field=a%3Db",
    ]) {
      assert.equal((await api.call("GET", path, { token })).status, 403, path);
    }
  });
});
