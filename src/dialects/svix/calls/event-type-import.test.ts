/** The import of event types from OpenAPI documents, as Svix's SDK asks for it. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";

const YAML = `
openapi: 3.1.0
webhooks:
  pet.new:
    post:
      description: A pet.
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {name: {type: string}}}
  pet.gone:
    post: {summary: Gone}
`;
const SPEC = {
  webhooks: {
    "pet.new": {
      post: {
        description: "A pet.",
        requestBody: {
          content: {
            "application/json": {
              schema: { type: "object", properties: { name: { type: "string" } } },
            },
          },
        },
      },
    },
    "pet.gone": { post: { summary: "Gone" } },
  },
};
const NAMES = ["pet.new", "pet.gone"];

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
});
after(() => api[Symbol.asyncDispose]());
beforeEach(async () => {
  const { data } = await api.svix.eventType.list({ limit: 250, includeArchived: true });
  for (const { name } of data) {
    if (/^(?:pet|old)\./.test(name)) await api.svix.eventType.delete(name, { expunge: true });
  }
});

describe("importOpenapi", () => {
  test("registers webhooks from JSON, and a repeat changes nothing", async () => {
    const { data } = await api.svix.eventType.importOpenapi({ spec: SPEC });
    assert.deepEqual(data.modified, NAMES);
    assert.deepEqual(data.toModify, []);
    const made = await api.svix.eventType.get("pet.new");
    assert.equal(made.description, "A pet.");
    assert.deepEqual(made.schemas, {
      1: { type: "object", properties: { name: { type: "string" } } },
    });
    const again = await api.svix.eventType.importOpenapi({ spec: SPEC });
    assert.deepEqual(again.data.modified, []);
  });

  test("reads YAML and JSON as text, with the same result", async () => {
    const { data } = await api.svix.eventType.importOpenapi({ specRaw: YAML });
    assert.deepEqual(data.modified, NAMES);
    const specRaw = JSON.stringify(SPEC);
    assert.deepEqual((await api.svix.eventType.importOpenapi({ specRaw })).data.modified, []);
  });

  test("a dry run shows the changes and makes none", async () => {
    await api.svix.eventType.create({
      name: "pet.gone",
      description: "Gone",
      groupName: "pets",
      archived: true,
    });
    const { data } = await api.svix.eventType.importOpenapi({ spec: SPEC, dryRun: true });
    assert.deepEqual(data.modified, []);
    assert.deepEqual(
      data.toModify?.map(({ name, description, groupName }) => [name, description, groupName]),
      [
        ["pet.new", "A pet.", null],
        ["pet.gone", "Gone", "pets"],
      ],
    );
    await assert.rejects(api.svix.eventType.get("pet.new"), { code: 404 });
  });

  test("unarchives a type and keeps the fields that a document does not have", async () => {
    const name = "pet.gone";
    const kept = { groupName: "pets", featureFlags: ["beta"] };
    await api.svix.eventType.create({ name, description: "Old", archived: true, ...kept });
    await api.svix.eventType.importOpenapi({ spec: SPEC });
    const { archived, description, groupName, featureFlags } = await api.svix.eventType.get(name);
    assert.deepEqual([archived, description], [false, "Gone"]);
    assert.deepEqual({ groupName, featureFlags }, kept);
  });

  test("replaceAll archives the other types, and no built-in one", async () => {
    await api.svix.eventType.create({ name: "old.one", description: "" });
    const ask = (dryRun: boolean) =>
      api.call("POST", "/event-type/import/openapi", {
        body: { spec: SPEC, replaceAll: true, dryRun },
      });
    for (const dryRun of [true, false]) {
      const { data } = (await ask(dryRun)).body as { data: { archived: string[] } };
      assert.deepEqual(data.archived, ["old.one"]);
    }
    assert.equal((await api.svix.eventType.get("old.one")).archived, true);
    assert.equal((await api.svix.eventType.get("message.received")).archived, false);
  });

  test("refuses keys, both documents or none, broken texts and bombs, by field", async () => {
    await api.svix.application.create({ name: "One", uid: "one" });
    const { body } = await api.call("POST", "/app/one/key", { body: { kind: "manage" } });
    const { key: token } = body as { key: string };
    const ask = (given: object, more: object = {}) =>
      api.call("POST", "/event-type/import/openapi", { body: given, ...more });
    assert.equal((await ask({ spec: SPEC }, { token })).status, 403);
    const lols = Array.from({ length: 9 }, (_, i) => {
      const items = Array.from({ length: 9 }, () => (i === 0 ? "lol" : `*l${i - 1}`)).join(",");
      return `l${i}: &l${i} [${items}]`;
    });
    for (const [given, field] of [
      [{}, /"spec".*either spec or specRaw/],
      [{ spec: SPEC, specRaw: YAML }, /"spec".*either spec or specRaw/],
      [{ spec: "x" }, /"spec"/],
      [{ specRaw: "a: [" }, /"specRaw".*neither JSON nor YAML/],
      [{ specRaw: lols.join("\n") }, /"specRaw".*alias/i],
      [{ spec: { webhooks: { "-x": { post: {} } } } }, /"spec","webhooks","-x"/],
      [{ spec: SPEC, unknown: 1 }, /"unknown"/],
    ] as const) {
      const refused = await ask(given);
      assert.equal(refused.status, 422, refused.text);
      assert.match(refused.text, field);
    }
  });
});
