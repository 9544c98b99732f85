/** Headers are sealed as one value, so changes of single ones have to follow upon each other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startNativeApi } from "../../../test/harness/native-api.ts";

test("of changes of an endpoint's headers at the same time none is lost", async () => {
  await using api = await startNativeApi();
  await api.svix.application.getOrCreate({ name: "Tenant", uid: "tenant" });
  await api.svix.endpoint.upsert("tenant", "many", {
    url: "http://127.0.0.1:9999/hook",
    disabled: true,
  });
  const names = Array.from({ length: 8 }, (_, i) => `x-${i}`);
  await Promise.all(
    names.map((name) =>
      api.svix.endpoint.patchHeaders("tenant", "many", { headers: { [name]: name } }),
    ),
  );
  const { headers } = await api.svix.endpoint.getHeaders("tenant", "many");
  assert.deepEqual(Object.keys(headers).toSorted(), names);
});

test("an app, an endpoint and an operational endpoint choose their signature headers, and undo it", async () => {
  await using api = await startNativeApi();
  const url = "http://127.0.0.1:9999/hook";
  await api.call("PUT", "/app/chooser", { body: { name: "Chooser" } });
  const places = [
    ["/app/chooser", { name: "Chooser" }],
    ["/app/chooser/endpoint/one", { url }],
    ["/operational-webhook/endpoint/two", { url }],
  ] as const;
  for (const [path, body] of places) {
    const put = async (more: object) =>
      (await api.call("PUT", path, { body: { ...body, ...more } })).body as object;
    const shown = async () => (await api.call("GET", path)).body as { signatureHeaders?: string };
    for (const signatureHeaders of ["svix", "webhook", "both"]) {
      await put({ signatureHeaders });
      assert.equal((await shown()).signatureHeaders, signatureHeaders, path);
    }
    await put({ signatureHeaders: null });
    assert.ok(!("signatureHeaders" in (await shown())), path);
    const { status, text } = await api.call("PUT", path, {
      body: { ...body, signatureHeaders: "svix-id" },
    });
    assert.equal(status, 422);
    assert.match(text, /"signatureHeaders"\],"msg":"must be one of both, webhook, svix, or null"/);
  }
  await api.call("PATCH", "/app/chooser", { body: { signatureHeaders: "svix" } });
  assert.match((await api.call("GET", "/app/chooser")).text, /"signatureHeaders":"svix"/);
});
