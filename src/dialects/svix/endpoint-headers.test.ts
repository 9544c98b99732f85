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
