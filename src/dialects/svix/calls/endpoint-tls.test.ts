/** The additional call that sets a certificate and certificate authorities for an endpoint of any dialect. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { temporaryFolder } from "../../../../test/harness/server.ts";
import { makeAuthority } from "../../../../test/net/certificates.ts";
import type { Authority, Certificate } from "../../../../test/net/certificates.ts";
import { openHooks } from "../../../../test/net/dialect-hooks.ts";
import { until } from "../../../../test/net/receiver.ts";
import { openTlsReceiver, skipWithoutOpenssl as skip } from "../../../../test/net/tls-receiver.ts";

type Shown = {
  readonly minVersion: string | null;
  readonly clientCert: readonly Readonly<Record<string, string>>[] | null;
  readonly ca: readonly Readonly<Record<string, string>>[] | null;
};

describe("the TLS configuration of an endpoint", { skip }, () => {
  const folder = temporaryFolder();
  let api: NativeApi;
  let authority: Authority;
  let client: Certificate;
  before(async () => {
    authority = makeAuthority("Blue Door root");
    client = authority.issue({ name: "client.example.com" });
    api = await startNativeApi({
      HOOKLINE_STORE: `sqlite:${join(folder.path, "hookline.db")}`,
      HOOKLINE_EGRESS_ALLOW: "localhost",
    });
    await api.svix.application.create({ name: "TLS", uid: "tls" });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    authority[Symbol.dispose]();
    folder[Symbol.dispose]();
  });

  const makeEndpoint = async (url = "https://example.com/") =>
    (await api.svix.endpoint.create("tls", { url })).id;
  const at = (id: string) => `/app/tls/endpoint/${id}/tls`;
  const read = async (id: string) => (await api.call("GET", at(id))).body as Shown;

  test("is set, shown without the key, replaced as a whole, and reset", async () => {
    const id = await makeEndpoint();
    const nothing = { minVersion: null, clientCert: null, ca: null };
    assert.deepEqual(await read(id), nothing);

    const body = { clientCert: client.cert, clientKey: client.key, ca: authority.cert };
    const put = await api.call("PUT", at(id), { body: { ...body, minVersion: "1.3" } });
    assert.equal(put.status, 200, put.text);
    const shown = await read(id);
    assert.deepEqual(put.body, shown);
    assert.equal(shown.minVersion, "1.3");
    const [certificate] = shown.clientCert ?? [];
    assert.equal(certificate?.["subject"], "CN=client.example.com");
    assert.equal(certificate["issuer"], "CN=Blue Door root");
    assert.match(certificate["fingerprint"] ?? "", /^([0-9A-F]{2}:){31}/);
    assert.match(certificate["notAfter"] ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.equal(shown.ca?.[0]?.["subject"], "CN=Blue Door root");
    for (const answer of [put, await api.call("GET", at(id))]) {
      assert.doesNotMatch(answer.text, /PRIVATE KEY|BEGIN/);
    }

    const replaced = await api.call("PUT", at(id), { body: { ca: authority.cert } });
    assert.deepEqual(replaced.body, { ...nothing, ca: shown.ca });
    assert.equal((await api.call("DELETE", at(id))).status, 204);
    assert.deepEqual(await read(id), nothing);
  });

  test("is kept by every other change of the endpoint", async () => {
    const id = await makeEndpoint();
    await api.call("PUT", at(id), { body: { ca: authority.cert, minVersion: "1.3" } });
    await api.svix.endpoint.patch("tls", id, { description: "b" });
    const body = { url: "https://example.com/other" };
    assert.equal((await api.call("PUT", `/app/tls/endpoint/${id}`, { body })).status, 200);
    assert.equal((await read(id)).minVersion, "1.3");
    assert.equal((await read(id)).ca?.length, 1);
  });

  test("is refused with the name of the invalid field, and nothing changes", async () => {
    const id = await makeEndpoint();
    const { cert, key } = client;
    for (const [body, field, says] of [
      [{ clientCert: cert }, "clientKey", /required together with clientCert/],
      [{ clientKey: key }, "clientCert", /required together with clientKey/],
      [{ clientCert: cert, clientKey: authority.key }, "clientKey", /does not belong/],
      [{ clientCert: "x", clientKey: key }, "clientCert", /no certificate/],
      [{ ca: "x" }, "ca", /no certificate/],
      [{ ca: 1 }, "ca", /./],
      [{ minVersion: "SSLv3" }, "minVersion", /1\.0, 1\.1, 1\.2 or 1\.3/],
      [{ passphrase: "x" }, "passphrase", /./],
    ] as const) {
      const answer = await api.call("PUT", at(id), { body });
      assert.equal(answer.status, 422, answer.text);
      const { detail } = answer.body as {
        readonly detail: readonly { readonly loc: readonly string[]; readonly msg: string }[];
      };
      assert.deepEqual(detail[0]?.loc, ["body", field]);
      assert.match(detail[0].msg, says);
      assert.ok(!answer.text.includes(key.slice(40, 80)), "the answer does not contain the key");
    }
    assert.deepEqual(await read(id), { minVersion: null, clientCert: null, ca: null });
  });

  test("is available to the app's manage key, but not to its publish key or to other apps", async () => {
    const id = await makeEndpoint();
    const createKey = async (app: string, kind: string) =>
      ((await api.call("POST", `/app/${app}/key`, { body: { kind } })).body as { key: string }).key;
    await api.svix.application.create({ name: "Other", uid: "other" });
    const status = async (token: string) =>
      (await api.call("PUT", at(id), { body: { ca: authority.cert }, token })).status;
    assert.equal(await status(await createKey("tls", "manage")), 200);
    assert.equal(await status(await createKey("tls", "publish")), 403);
    assert.ok([403, 404].includes(await status(await createKey("other", "manage"))));
  });

  test("makes deliveries of each dialect present the certificate, and is encrypted at rest", async () => {
    const asks = { requestCert: true, ca: [authority.cert] };
    const certificate = authority.issue({ name: "localhost" });
    await using receiver = await openTlsReceiver("localhost", asks, { certificate });
    const hooks = await openHooks(api);
    for (const dialect of ["svix", "zipwhip", "sendblue", "chirp"] as const) {
      const made = await hooks.create(dialect, `${receiver.url}${dialect}`);
      assert.ok(made.accepted, made.text);
    }
    const body = { clientCert: client.cert, clientKey: client.key, ca: authority.cert };
    for (const { id } of await hooks.endpoints()) {
      const put = await api.call("PUT", `/app/${hooks.app}/endpoint/${id}/tls`, { body });
      assert.equal(put.status, 200, put.text);
    }
    await hooks.publish("m1");
    await until(() => receiver.clients.length === 4);
    assert.deepEqual(new Set(receiver.clients), new Set(["client.example.com"]));

    const inside = client.key.split("\n")[1] ?? "";
    assert.ok(inside.length > 40);
    const files = readdirSync(folder.path).filter((name) => name.startsWith("hookline.db"));
    assert.ok(files.includes("hookline.db-wal"));
    for (const name of files) {
      const bytes = readFileSync(join(folder.path, name));
      assert.ok(!bytes.includes(inside), `${name} holds the key in clear`);
    }
  });
});
