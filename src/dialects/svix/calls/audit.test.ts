/** The record of changes: who, from where, through which credential, and who may read it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";

type Entry = {
  readonly requestId: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly source: string | null;
  readonly verb: string;
  readonly appId: string | null;
  readonly appName: string | null;
  readonly ids: readonly string[];
  readonly endpoints: readonly { readonly id: string; readonly name: string }[];
};

let api: NativeApi;
let app: string;
before(async () => {
  api = await startNativeApi({ HOOKLINE_TRUST_PROXY: "127.0.0.1" });
  app = (await api.svix.application.create({ name: "Own", uid: "own" })).id;
});
after(() => api[Symbol.asyncDispose]());

async function readAudit(query = ""): Promise<readonly Entry[]> {
  const answer = await api.call("GET", `/audit${query}`);
  assert.equal(answer.status, 200, answer.text);
  return (answer.body as { data: readonly Entry[] }).data;
}

test("an entry names the credential, its network, the call and the resources", async () => {
  const made = await api.call("POST", "/operator-key", { body: { name: "Ada", role: "operator" } });
  const { id: keyId, key } = made.body as { id: string; key: string };
  const answer = await api.call("POST", "/app/own/endpoint", {
    body: { url: "https://example.com/?secret=x" },
    token: key,
    headers: { "x-forwarded-for": "203.0.113.77" },
  });
  const [entry] = await readAudit();
  const { id: _id, at: _at, ...facts } = entry as Entry & { id: string; at: string };
  assert.deepEqual(facts, {
    requestId: answer.headers.get("x-request-id"),
    actor: { kind: "operator_key", id: keyId, name: "Ada" },
    source: "203.0.113.0/24",
    verb: "createEndpoint",
    appId: app,
    appName: "Own",
    ids: [(answer.body as { id: string }).id],
    endpoints: [{ id: (answer.body as { id: string }).id, name: "example.com" }],
  });
  assert.deepEqual(
    (await readAudit(`?actor_id=${keyId}`)).map(({ verb }) => verb),
    ["createEndpoint"],
  );
  assert.ok(!JSON.stringify(await readAudit()).includes("secret=x"));
});

test("keys and portal tokens are actors, and reads, publishes and refusals are not recorded", async () => {
  const key = await api.call("POST", "/app/own/key", { body: { kind: "manage" } });
  const { id, key: token } = key.body as { id: string; key: string };
  const portal = await api.svix.authentication.appPortalAccess(app, {});
  const before = (await readAudit()).length;
  const body = { url: "https://example.com/" };
  await api.call("POST", "/app/own/endpoint", { body, token });
  await api.call("POST", "/app/own/endpoint", { body, token: portal.token });
  await api.call("POST", "/app/own/endpoint", { body: { url: "nonsense" }, token });
  await api.call("POST", "/app/own/msg", { body: { eventType: "a.b", payload: {} }, token });
  await api.call("GET", "/app/own/endpoint", { token });
  await api.call("POST", "/app/own/key", { body: { kind: "manage" }, token });
  const entries = await readAudit();
  assert.equal(entries.length, before + 2);
  assert.deepEqual(
    entries.slice(0, 2).map(({ actor }) => actor.kind),
    ["portal", "key"],
  );
  assert.equal(entries[1]?.actor.id, id);
});

test("the list has pages, and refuses a cursor and a filter that it does not know", async () => {
  const first = await api.call("GET", "/audit?limit=1");
  const { data, iterator, done } = first.body as {
    data: { id: string }[];
    iterator: string;
    done: boolean;
  };
  assert.deepEqual([data.length, done, iterator], [1, false, data[0]?.id]);
  const next = await api.call("GET", `/audit?limit=1&iterator=${iterator}`);
  assert.notEqual((next.body as { data: { id: string }[] }).data[0]?.id, data[0]?.id);
  assert.equal((await api.call("GET", "/audit?iterator=ep_1")).status, 422);
  assert.equal((await api.call("GET", "/audit?actor=x")).status, 422);
});

test("names are those of now, and a deleted endpoint has only its id", async () => {
  const made = await api.call("POST", "/app", { body: { name: "Brief", uid: "brief" } });
  const { id } = made.body as { id: string };
  const body = { url: "https://example.com/in?secret=x" };
  const endpoint = (await api.call("POST", "/app/brief/endpoint", { body })).body as { id: string };
  await api.call("PATCH", "/app/brief", { body: { name: "Renamed" } });
  const named = async () =>
    (await readAudit(`?app_id=${id}`)).map(({ verb, appName, endpoints }) => [
      verb,
      appName,
      endpoints,
    ]);
  assert.deepEqual(await named(), [
    ["patchApplication", "Renamed", []],
    ["createEndpoint", "Renamed", [{ id: endpoint.id, name: "example.com/in" }]],
    ["createApplication", "Renamed", []],
  ]);
  await api.call("DELETE", `/app/brief/endpoint/${endpoint.id}`);
  assert.deepEqual((await named())[2], ["createEndpoint", "Renamed", []]);
  await api.call("DELETE", "/app/brief");
  assert.ok((await named()).every(([, name]) => name === null));
});
