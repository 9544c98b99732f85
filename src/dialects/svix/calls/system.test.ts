/** The server as a whole, by the rights of who asks. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ADMIN_TOKEN,
  startNativeApi,
  type NativeApi,
} from "../../../../test/harness/native-api.ts";

let api: NativeApi;
before(async () => {
  api = await startNativeApi({ HOOKLINE_RETENTION: "12d" });
});
after(() => api[Symbol.asyncDispose]());

type System = {
  readonly nodes: readonly {
    readonly version: string;
    readonly startedAt: string;
    readonly isThis: boolean;
  }[];
  readonly shards: { readonly owned: number; readonly all: number };
  readonly store: Readonly<Record<string, unknown>>;
  readonly encryption: Readonly<Record<string, unknown>>;
  readonly settings: readonly { readonly name: string; readonly value: string | null }[];
  readonly checks: readonly { readonly name: string; readonly state: string }[];
};

async function read(token?: string): Promise<System> {
  const { status, body, text } = await api.call(
    "GET",
    "/system",
    token === undefined ? {} : { token },
  );
  assert.equal(status, 200, text);
  assert.ok(!text.includes(ADMIN_TOKEN));
  return body as System;
}

test("an admin reads nodes, store, keys, settings and checks", async () => {
  const { nodes, shards, store, encryption, settings, checks } = await read();
  const [node] = nodes;
  const session = (await api.call("GET", "/session")).body as { server: { version: string } };
  assert.deepEqual([nodes.length, node?.version, node?.isThis], [1, session.server.version, true]);
  assert.ok(Math.abs(Date.parse(node?.startedAt ?? "") - Date.now()) < 60_000);
  assert.deepEqual(shards, { owned: 256, all: 256 });
  assert.match(String(store["database"]), /^SQLite 3\./);
  assert.match(String(store["schema"]), /^\d{4}-\d\d-\d\d-/);
  assert.equal(store["retentionSeconds"], 12 * 86_400);
  assert.match(String(encryption["fingerprint"]), /^[0-9a-f]{12}$/);
  assert.equal(encryption["isChanging"], false);
  const of = (name: string) => settings.find((one) => one.name === name)?.value;
  assert.equal(of("HOOKLINE_SECRET_KEY_PREVIOUS"), "not set");
  assert.deepEqual(
    checks.filter(({ state }) => state !== "ok").map(({ name }) => name),
    ["public_url", "backups"],
  );
});

test("a viewer reads the same without the values of settings", async () => {
  const made = await api.call("POST", "/operator-key", { body: { name: "Vic", role: "viewer" } });
  const { nodes, settings } = await read((made.body as { readonly key: string }).key);
  assert.equal(nodes.length, 1);
  assert.ok(settings.length > 30);
  assert.deepEqual(
    settings.filter(({ value }) => value !== null),
    [],
  );
});
