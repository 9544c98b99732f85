/**
 * The encryption key is changed while the server runs. Its webhooks verify before, during and after the
 * change. A crash in the middle loses nothing, and afterwards the new key is required and sufficient.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { Webhook } from "svix";
import { startReceiver } from "../harness/receiver.ts";
import type { Receiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder, TOKEN } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";
import { BASIC, withCredentials } from "../harness/url-credentials.ts";

const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");
const newKey = () => randomBytes(32).toString("base64");
/** The number of endpoints, larger than one call reencrypts. */
const ENDPOINTS = 300;

describe("a key that the operator sets", () => {
  const world = openWorld();
  const [old, fresh] = [newKey(), newKey()];
  const both = { HOOKLINE_SECRET_KEY: fresh, HOOKLINE_SECRET_KEY_PREVIOUS: old };

  test("is changed by a start with both keys, also through a crash, and the old key is refused afterwards", async () => {
    {
      await using server = await world.start({ HOOKLINE_SECRET_KEY: old });
      await world.makeEndpoints(server, ENDPOINTS);
      await world.assertDelivers(server);
      await server.stop();
    }
    await assert.rejects(
      world.start({ HOOKLINE_SECRET_KEY: fresh }),
      /This store is encrypted with the key/,
    );
    {
      await using server = await world.start(both);
      await world.assertDelivers(server);
      const slice = await call(server.url, "POST", "/rekey");
      assert.equal(slice.status, 200);
      assert.equal(slice.body["done"], false);
      assert.equal(slice.body["resealed"], 250);
      await world.assertDelivers(server);
      await server.kill();
    }
    for (const alone of [old, fresh]) {
      const refused = world.start({ HOOKLINE_SECRET_KEY: alone });
      await assert.rejects(
        refused,
        /until `hookline rekey` is done, set .*HOOKLINE_SECRET_KEY_PREVIOUS to the old key/,
      );
    }
    {
      await using server = await world.start(both);
      await world.assertDelivers(server);
      const [output] = await Promise.all([rekey(server), world.assertDelivers(server)]);
      assert.match(output, /values re-encrypted; the store is encrypted with the key [0-9a-f]{32}/);
      await world.assertDelivers(server);
      // The rotation is complete, and the server does not create a key when the operator sets it.
      await assert.rejects(rekey(server), /set HOOKLINE_SECRET_KEY to the new key/);
      await server.stop();
    }
    const refused = world.start({ HOOKLINE_SECRET_KEY: old });
    await assert.rejects(
      refused,
      /was rotated from \w+ to \w+: set HOOKLINE_SECRET_KEY to the new key/,
    );
    await using server = await world.start({ HOOKLINE_SECRET_KEY: fresh });
    await world.assertDelivers(server);
    const { headers } = (await call(server.url, "GET", "/app/acme/endpoint/hook/headers")).body;
    assert.deepEqual(headers, { "x-team": "blue" });
  });

  test("is changed by the operator only", async () => {
    await using server = await world.start({ HOOKLINE_SECRET_KEY: fresh });
    const made = await call(server.url, "POST", "/app/acme/key", { kind: "manage" });
    const authorization = `Bearer ${made.body["key"] as string}`;
    const refused = await call(server.url, "POST", "/rekey", {}, { authorization });
    assert.equal(refused.status, 403);
  });
});

describe("a key file beside the store", () => {
  const world = openWorld();

  test("is changed without a restart, and the old key is kept for old backups", async () => {
    const keyFile = join(world.folder, "hookline.db.secret-key");
    let first: string;
    {
      await using server = await world.start({});
      first = readFileSync(keyFile, "utf8");
      await world.makeEndpoints(server, 3);
      await world.assertDelivers(server);
      await rekey(server);
      await world.assertDelivers(server);
      await server.stop();
    }
    assert.notEqual(readFileSync(keyFile, "utf8"), first);
    assert.equal(statSync(keyFile).mode & 0o777, 0o600);
    assert.ok(!existsSync(`${keyFile}.previous`));
    const retired = readdirSync(world.folder).find((name) => name.includes("retired-"));
    assert.equal(readFileSync(join(world.folder, retired ?? "none"), "utf8"), first);
    assert.equal(statSync(join(world.folder, retired ?? "none")).mode & 0o777, 0o600);

    await using server = await world.start({});
    await world.assertDelivers(server);
  });

  test("is changed once by concurrent requests, and the change continues after a crash", async () => {
    const keyFile = join(world.folder, "hookline.db.secret-key");
    const before = readFileSync(keyFile, "utf8");
    {
      await using server = await world.start({});
      const asked = () => call(server.url, "POST", "/rekey", { newKey: true });
      await Promise.all([asked(), asked(), asked()]);
      await server.kill();
    }
    // The server died before or after the end of the rotation. Every required key is there in both cases.
    const kept = readdirSync(world.folder).map((name) =>
      readFileSync(join(world.folder, name)).includes(before.trim()),
    );
    assert.ok(kept.includes(true), "the key of the backups is there");
    await using server = await world.start({});
    await world.assertDelivers(server);
    await rekey(server);
    await world.assertDelivers(server);
    assert.ok(!existsSync(`${keyFile}.previous`));
  });
});

async function rekey(server: ServerProcess): Promise<string> {
  const args = [PROGRAM, "rekey", "--url", server.url, "--token", TOKEN];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
}

/** A separate store, and one receiver for all its deliveries. */
function openWorld() {
  const folder = temporaryFolder();
  let receiver: Receiver;
  let secret: string;
  before(async () => {
    receiver = await startReceiver();
  });
  after(async () => {
    await receiver[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  return {
    folder: folder.path,
    start: (settings: Readonly<Record<string, string>>) =>
      startServer({
        settings: {
          HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
          HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
          ...settings,
        },
      }),
    /**
     * One endpoint that gets deliveries, with a signature, a password and a custom header, and others without
     * any.
     */
    async makeEndpoints(server: ServerProcess, count: number): Promise<void> {
      await call(server.url, "POST", "/app", { name: "Acme", uid: "acme" });
      const make = (body: object) => call(server.url, "POST", "/app/acme/endpoint", body);
      const url = receiver.url;
      const { given } = withCredentials(`${url}/`);
      const made = await make({ url: given, uid: "hook", headers: { "x-team": "blue" } });
      assert.equal(made.status, 201);
      const shown = await call(server.url, "GET", "/app/acme/endpoint/hook/secret");
      secret = shown.body["key"] as string;
      await Promise.all(Array.from({ length: count }, () => make({ url, disabled: true })));
    },
    /**
     * The signature uses the endpoint's first secret, which a change of the encryption key does not affect.
     */
    async assertDelivers(server: ServerProcess): Promise<void> {
      const body = { eventType: "invoice.paid", payload: { n: receiver.receipts.length } };
      const sent = await call(server.url, "POST", "/app/acme/msg", body);
      assert.equal(sent.status, 202);
      const findReceipt = (id: unknown) =>
        receiver.receipts.find((one) => one.headers["webhook-id"] === id);
      await receiver.until(() => findReceipt(sent.body["id"]) !== undefined);
      const receipt = findReceipt(sent.body["id"]);
      new Webhook(secret).verify(receipt?.body ?? "", receipt?.headers as Record<string, string>);
      assert.equal(receipt?.headers["x-team"], "blue");
      assert.equal(receipt?.headers["authorization"], BASIC);
    },
  };
}
