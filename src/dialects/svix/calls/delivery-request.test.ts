/** The request of a delivery is the one that the receiver got, without its secrets. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver, type Receiver } from "../../../../test/harness/receiver.ts";

type Shown = {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly {
    readonly name: string;
    readonly value: string;
    readonly hidden: boolean;
  }[];
  readonly body: string | null;
  readonly curl: string;
};

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

describe("the request of a delivery", () => {
  let api: NativeApi;
  let receiver: Receiver;
  let endpoint: string;
  let event: string;
  before(async () => {
    api = await startNativeApi();
    receiver = await startReceiver();
    await api.svix.application.create({ name: "a", uid: "a" });
    const made = await api.svix.endpoint.create("a", {
      url: `${receiver.url}/hook`,
      secret: SECRET,
      headers: { authorization: "Bearer deep-secret", "x-tenant": "own-value" },
    });
    endpoint = made.id;
    const message = {
      id: "m-1",
      channel: "sms",
      from: "+12065550188",
      to: "+12065550100",
      text: "it's",
    };
    event = (
      await api.svix.message.create("a", { eventType: "message.received", payload: { message } })
    ).id;
    await receiver.until(() => receiver.receipts.length > 0);
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  const read = async (token?: string, query = "") =>
    await api.call(
      "GET",
      `/app/a/msg/${event}/endpoint/${endpoint}/request${query}`,
      token === undefined ? {} : { token },
    );

  test("has the body and the headers that were sent, and hides credentials and signatures", async () => {
    const answer = await read();
    assert.equal(answer.status, 200, answer.text);
    const shown = answer.body as Shown;
    const receipt = receiver.receipts.find(({ headers }) => headers["webhook-id"] === event);
    assert.deepEqual(
      [shown.method, shown.url, shown.body],
      ["POST", `${receiver.url}/hook`, receipt?.body],
    );
    const ofConnection = new Set(["host", "connection", "content-length", "accept-encoding"]);
    const sent = Object.keys(receipt?.headers ?? {}).filter((name) => !ofConnection.has(name));
    assert.deepEqual(shown.headers.map(({ name }) => name).toSorted(), sent.toSorted());
    const values = new Map(
      shown.headers.map(({ name, value, hidden }) => [name, hidden ? null : value]),
    );
    assert.equal(values.get("webhook-id"), event);
    assert.equal(values.get("x-tenant"), "own-value");
    for (const name of ["authorization", "webhook-signature", "svix-signature"]) {
      assert.equal(values.get(name), null, name);
    }
    assert.ok(!answer.text.includes("deep-secret") && !answer.text.includes(SECRET.slice(6)));
    assert.ok(shown.curl.includes("-H 'authorization: hidden'"), shown.curl);
  });

  test("shows a tenant without the right no value of the endpoint's own headers", async () => {
    const grant = { capabilities: ["ViewBase"] };
    const access = await api.call("POST", "/auth/app-portal-access/a", { body: grant });
    const { token } = access.body as { readonly token: string };
    const answer = await read(token);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(!answer.text.includes("own-value"), answer.text);
  });

  test("is refused for another part, an unknown endpoint, and deleted content", async () => {
    assert.equal((await read(undefined, "?part=1")).status, 404);
    const unknown = await api.call("GET", `/app/a/msg/${event}/endpoint/ep_x/request`);
    assert.equal(unknown.status, 404);
    await api.call("DELETE", `/app/a/msg/${event}/content`);
    const gone = await read();
    assert.equal((JSON.parse(gone.text) as { code: string }).code, "content_expunged", gone.text);
  });
});
