/**
 * The explanation of an event, on both stores: it shows the bodies that receivers of each API get, its schema and
 * its relatives, to callers with the right.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openChirpApp } from "../harness/chirp-app.ts";
import { startNativeApi, type NativeApi } from "../harness/native-api.ts";
import { startReceiver, type Receiver } from "../harness/receiver.ts";
import { makeDatabase } from "../postgres/databases.ts";

type Explanation = {
  readonly schema: {
    readonly state: string;
    readonly version: string | null;
    readonly problems: readonly { readonly path: string; readonly message: string }[];
  };
  readonly derivedFrom: { readonly id: string; readonly eventType: string } | null;
  readonly derived: readonly { readonly id: string; readonly eventType: string }[];
  readonly forms: readonly {
    readonly api: string;
    readonly event: string | null;
    readonly reason: string | null;
    readonly sentence: string | null;
    readonly webhooks: number;
    readonly bodies: readonly { readonly body: string | null; readonly bytes: number }[];
  }[];
};

const FROM = "+12065550188";
const LINE = "+12065550100";
const ORDER_SCHEMA = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "string" }, name: { type: "string", pattern: "^(a+)+$" } },
};

for (const store of ["SQLite", "PostgreSQL"]) {
  describe(`an explained event on ${store}`, () => {
    const opened = new AsyncDisposableStack();
    let api: NativeApi;
    let receiver: Receiver;
    let app: string;
    before(async () => {
      const database = store === "SQLite" ? null : opened.use(await makeDatabase());
      receiver = opened.use(await startReceiver());
      api = opened.use(
        await startNativeApi({
          HOOKLINE_APIS: "svix,zipwhip,sendblue,chirp",
          ...(database === null ? {} : { HOOKLINE_STORE: database.url }),
        }),
      );
      const chirp = await openChirpApp(api, { name: "Explained" });
      app = chirp.id;
      await chirp.call("POST", "/webhooks", {
        body: { url: `${receiver.url}/chirp`, events: ["messages.sms.received"] },
      });
      const pair = await api.call("POST", `/app/${app}/key`, { body: { kind: "sendblue" } });
      const { keyId, keySecret } = pair.body as { keyId: string; keySecret: string };
      const made = await fetch(`${api.url}/api/account/webhooks`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "sb-api-key-id": keyId,
          "sb-api-secret-key": keySecret,
        },
        body: JSON.stringify({ webhooks: [`${receiver.url}/sendblue`], type: "receive" }),
      });
      assert.equal(made.status, 200, await made.text());
      await api.svix.endpoint.create(app, { url: `${receiver.url}/svix` });
    });
    after(() => opened.disposeAsync());

    const explain = async (msg: string, token?: string): Promise<Explanation> => {
      const more = token === undefined ? {} : { token };
      const answer = await api.call("GET", `/app/${app}/msg/${msg}/explanation`, more);
      assert.equal(answer.status, 200, answer.text);
      return answer.body as Explanation;
    };
    const publish = async (eventType: string, payload: object): Promise<string> =>
      (await api.svix.message.create(app, { eventType, payload })).id;
    const receive = (id: string, more: object = {}): Promise<string> =>
      publish("message.received", {
        message: { id, channel: "sms", from: FROM, to: LINE, text: "Hi \u00e9", ...more },
      });

    test("shows the bodies that receivers of each API get, byte for byte", async () => {
      const media = ["a", "b"].map((name) => ({
        url: `https://example.com/${name}.png`,
        contentType: "image/png",
      }));
      const id = await receive("with-pictures", { media });
      const sentTo = (path: string) => receiver.receipts.filter((one) => one.path === path);
      await receiver.until(
        () =>
          sentTo("/sendblue").length === 2 &&
          sentTo("/chirp").length > 0 &&
          sentTo("/svix").length > 0,
      );
      const { forms } = await explain(id);
      const bodiesOf = (name: string) => {
        const form = forms.find((one) => one.api === name) ?? assert.fail(name);
        assert.equal(form.webhooks, form.bodies.length);
        return form.bodies.map(({ body }) => body);
      };
      const received = (path: string) => sentTo(path).map(({ body }) => body);
      assert.deepEqual(bodiesOf("chirp"), received("/chirp"));
      assert.deepEqual(new Set(bodiesOf("sendblue")), new Set(received("/sendblue")));
      assert.ok(received("/svix").includes(String(bodiesOf("svix")[0])));
      const [zipwhip] = bodiesOf("zipwhip");
      assert.match(String(zipwhip), /"id":\d{19},.*"deviceId":\d+/);
      assert.deepEqual(
        forms.map(({ event, bodies }) => [
          event,
          bodies.map(({ body, bytes }) => bytes - Buffer.byteLength(body ?? "")),
        ]),
        [
          ["message.received", [0]],
          ["message/receive", [0]],
          ["receive", [0, 0]],
          ["messages.sms.received", [0]],
        ],
      );
    });

    test("names the events that were derived, and their parent", async () => {
      const id = await receive("derives", { from: "+12065550177", text: "STOP" });
      const { derived, derivedFrom, schema } = await explain(id);
      assert.deepEqual(
        [derivedFrom, derived.map(({ eventType }) => eventType), schema.state],
        [null, ["contact.created", "optout.changed"], "fits"],
      );
      const child = await explain(derived[1]?.id ?? "");
      assert.deepEqual(child.derivedFrom, { id, eventType: "message.received" });
      const chirp = child.forms.find((form) => form.api === "chirp");
      assert.deepEqual(
        [chirp?.event, chirp?.reason, chirp?.sentence],
        [null, "no_such_event", "The API has no such event."],
      );
    });

    test("checks a payload against the newest registered schema, within a second", async () => {
      assert.equal((await explain(await publish("order.unknown", {}))).schema.state, "no_schema");
      await api.svix.eventType.create({
        name: "order.paid",
        description: "Paid",
        schemas: { 9: false, 10: ORDER_SCHEMA },
      });
      const fits = await explain(await publish("order.paid", { id: "1" }));
      assert.deepEqual(fits.schema, { state: "fits", version: "10", problems: [] });
      assert.deepEqual(
        fits.forms.map(({ reason }) => reason),
        [null, "not_read", "not_read", "not_read"],
      );
      const wrong = await publish("order.paid", { name: 5 });
      assert.deepEqual((await explain(wrong)).schema, {
        state: "problems",
        version: "10",
        problems: [
          { path: "payload.id", message: "payload.id is missing." },
          { path: "payload.name", message: "payload.name is the number 5; it must be string." },
        ],
      });
      // The pattern takes longer than anyone waits.
      const endless = await publish("order.paid", { id: "1", name: `${"a".repeat(60)}!` });
      assert.equal((await explain(endless)).schema.state, "not_checked");
      const large = await publish("order.paid", { id: "x".repeat(300_000) });
      const { schema, forms } = await explain(large);
      assert.equal(schema.state, "too_large");
      assert.deepEqual(forms[0]?.bodies, [{ body: null, bytes: 300_009 }]);
    });

    test("is for its application, by ViewBase, and hides contents from a viewer", async () => {
      const id = await receive("private");
      const { token } = await api.svix.authentication.appPortalAccess(app, { readOnly: true });
      assert.equal((await explain(id, token)).forms.length, 4);
      const { id: other } = await api.svix.application.create({ name: "Other" });
      const elsewhere = await api.svix.authentication.appPortalAccess(other, {});
      for (const [path, status] of [
        [`/app/${app}/msg/${id}/explanation`, 404],
        [`/app/${other}/msg/${id}/explanation`, 404],
      ] as const) {
        assert.equal((await api.call("GET", path, { token: elsewhere.token })).status, status);
      }
      const made = await api.call("POST", "/operator-key", {
        body: { name: "Vic", role: "viewer" },
      });
      const { forms } = await explain(id, (made.body as { key: string }).key);
      assert.deepEqual(new Set(forms.map(({ bodies }) => bodies[0]?.body)), new Set(["▒▒▒"]));
      await api.call("DELETE", `/app/${app}/msg/${id}/content`);
      const gone = await explain(id);
      assert.deepEqual([gone.schema.state, gone.forms], ["expired", []]);
    });
  });
}
