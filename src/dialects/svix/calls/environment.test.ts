/** The environment as Svix's SDK exports it, and a second server that is made from it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HEADERS = { "x-tenant": "blue" };
const URL = "https://example.com/hooks";

type Environment = {
  readonly eventTypes: readonly { readonly name: string }[];
  readonly applications: readonly {
    readonly id: string;
    readonly uid: string | null;
    readonly endpoints: readonly Readonly<Record<string, unknown>>[];
  }[];
};

let api: NativeApi;
let staging: NativeApi;
let bare: string;
before(async () => {
  api = await startNativeApi();
  staging = await startNativeApi();
  const schemas = { 1: { type: "object", maximum: 2 } };
  await api.svix.eventType.create({ name: "order.paid", description: "Paid", schemas });
  await api.svix.eventType.create({ name: "order.old", description: "", archived: true });
  await api.svix.eventType.delete("typing.changed");
  const fields = { metadata: { plan: "pro" }, throttleRate: 7 };
  await api.svix.application.create({ name: "Blue Door", uid: "blue", ...fields });
  bare = (await api.svix.application.create({ name: "Bare" })).id;
  await api.svix.endpoint.create("blue", {
    url: URL,
    uid: "crm",
    eventTypes: ["order.paid"],
    channels: ["eu"],
    secret: SECRET,
    headers: HEADERS,
  });
  await api.svix.endpoint.create(bare, { url: URL, description: "no uid" });
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await staging[Symbol.asyncDispose]();
});

async function exported(query = ""): Promise<Environment> {
  const { status, body, text } = await api.call("POST", `/environment/export${query}`);
  assert.equal(status, 200, text);
  return body as Environment;
}

async function imported(server: NativeApi, body: unknown, query = ""): Promise<void> {
  const { status, text } = await server.call("POST", `/environment/import${query}`, { body });
  assert.equal(status, 204, text);
}

const shapeOf = ({ applications }: Environment) =>
  applications.map(({ uid, endpoints }) => [uid, endpoints.map((endpoint) => endpoint["uid"])]);

describe("environment.export", () => {
  test("has event types, applications and endpoints, and no secret unless asked", async () => {
    const whole = await exported();
    assert.deepEqual(
      whole.eventTypes.map(({ name }) => name),
      // A built-in type is exported if it is archived or marked.
      ["order.old", "order.paid", "typing.changed"],
    );
    assert.deepEqual(shapeOf(whole), [
      ["blue", ["crm"]],
      [null, [null]],
    ]);
    const text = JSON.stringify(whole);
    for (const secret of [SECRET, "x-tenant", "whsec_"]) assert.ok(!text.includes(secret), secret);
    const [blue] = (await exported("?with_secrets=true&app_ids=blue")).applications;
    assert.equal(blue?.endpoints[0]?.["secret"], SECRET);
    assert.deepEqual(blue.endpoints[0]["headers"], HEADERS);
    const some = await exported(`?app_ids=${bare}`);
    assert.deepEqual(shapeOf(some), [[null, [null]]]);
    const unknown = await api.call("POST", "/environment/export?app_ids=no-such-app");
    assert.equal(unknown.status, 404, unknown.text);
  });

  test("is readable by the SDK, which imports the event types of it", async () => {
    const environment = await api.svix.environment.export();
    assert.deepEqual(environment.connectors, []);
    assert.equal(environment.version, 1);
    await using other = await startNativeApi();
    const { eventTypes } = environment;
    await other.svix.environment.import({ eventTypes, settings: environment.settings });
    const made = await other.svix.eventType.get("order.paid");
    assert.deepEqual(made.schemas, { 1: { type: "object", maximum: 2 } });
    for (const name of ["order.old", "typing.changed"])
      assert.equal((await other.svix.eventType.get(name)).archived, true, name);
  });
});

describe("environment.import", () => {
  test("makes the same applications and endpoints, and a repeat changes nothing", async () => {
    const environment = await exported("?with_secrets=true");
    await imported(staging, environment);
    await imported(staging, environment);
    const { applications } = (await staging.call("POST", "/environment/export?with_secrets=true"))
      .body as Environment;
    const from = `from-${bare}`;
    const { id } = environment.applications[1]?.endpoints[0] ?? {};
    assert.deepEqual(shapeOf({ eventTypes: [], applications }), [
      ["blue", ["crm"]],
      [from, [`from-${String(id)}`]],
    ]);
    const app = await staging.svix.application.get("blue");
    assert.deepEqual([app.name, app.metadata, app.throttleRate], ["Blue Door", { plan: "pro" }, 7]);
    const crm = await staging.svix.endpoint.get("blue", "crm");
    assert.deepEqual([crm.url, crm.eventTypes, crm.channels], [URL, ["order.paid"], ["eu"]]);
    assert.equal((await staging.svix.endpoint.getSecret("blue", "crm")).key, SECRET);
    assert.deepEqual((await staging.svix.endpoint.getHeaders("blue", "crm")).headers, HEADERS);
  });

  test("can disable every endpoint, replaces fields, and keeps the secret", async () => {
    await using other = await startNativeApi();
    await imported(other, await exported(), "?disable_endpoints=true");
    assert.equal((await other.svix.endpoint.get("blue", "crm")).disabled, true);
    const { key } = await other.svix.endpoint.getSecret("blue", "crm");
    assert.notEqual(key, SECRET);
    const endpoints = [{ uid: "crm", url: "https://example.com/new", secret: SECRET }];
    await imported(other, { applications: [{ name: "New", uid: "blue", endpoints }] });
    const crm = await other.svix.endpoint.get("blue", "crm");
    assert.deepEqual(
      [crm.url, crm.channels, crm.disabled],
      ["https://example.com/new", null, false],
    );
    assert.equal((await other.svix.endpoint.getSecret("blue", "crm")).key, key);
    const app = await other.svix.application.get("blue");
    assert.deepEqual([app.name, app.metadata], ["New", {}]);
  });

  test("names the field of a refusal by its place, and changes nothing before it is read", async () => {
    const refuse = async (body: unknown, status: number, ...names: string[]) => {
      const refused = await api.call("POST", "/environment/import", { body });
      assert.equal(refused.status, status, refused.text);
      for (const name of names) assert.match(refused.text, new RegExp(name));
    };
    const app = (more: object) => ({ applications: [{ name: "A", uid: "a", ...more }] });
    const good = { name: "never.made", description: "" };
    await refuse({ eventTypes: [good, { name: "a b" }] }, 422, '"eventTypes","1","name"');
    await assert.rejects(api.svix.eventType.get("never.made"), { code: 404 });
    await refuse({ applications: [{ name: "A" }] }, 422, '"applications","0","uid"');
    await refuse({ applications: {} }, 422, '"applications"', "must be a list");
    await refuse({ settings: { a: 1 } }, 422, '"settings"');
    await refuse({ connectors: [1] }, 422, '"connectors"');
    const many = Array.from({ length: 1001 }, () => good);
    await refuse({ eventTypes: many }, 422, "at most 1000 items; it has 1001");
    const at = '"applications","0","endpoints","0"';
    const endpoint = (more: object) => app({ endpoints: [{ url: URL, uid: "e", ...more }] });
    await refuse(endpoint({ nonsense: 1 }), 422, `${at},"nonsense"`);
    await refuse(endpoint({ url: "http://10.0.0.1/" }), 422, `${at},"url"`);
    await refuse(endpoint({ secret: "whsec_!" }), 422, `${at},"secret"`);
    await refuse(endpoint({ eventTypes: ["no.such"] }), 422, `${at},"eventTypes","0"`);
  });

  test("only the operator may export and import", async () => {
    const { body } = await api.call("POST", "/app/blue/key", { body: { kind: "manage" } });
    const { key: token } = body as { key: string };
    for (const call of ["export", "import"]) {
      const { status } = await api.call("POST", `/environment/${call}`, { body: {}, token });
      assert.equal(status, 403, call);
    }
  });

  test("an export beyond 4 MiB asks for fewer applications", async () => {
    await using large = await startNativeApi();
    const description = "x".repeat(4_000);
    await large.svix.application.create({ name: "Small", uid: "small" });
    for (const uid of ["one", "two"]) {
      const endpoints = Array.from({ length: 550 }, (_, i) => {
        return { url: URL, uid: `e${i}`, description };
      });
      await imported(large, { applications: [{ name: uid, uid, endpoints }] });
    }
    const refused = await large.call("POST", "/environment/export");
    assert.equal(refused.status, 400, refused.text.slice(0, 200));
    assert.match(refused.text, /4 MiB.*environment_bytes/);
    assert.equal((await large.call("POST", "/environment/export?app_ids=small")).status, 200);
  });
});
