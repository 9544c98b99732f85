import assert from "node:assert/strict";
import { test } from "node:test";
import { enabledApis } from "./enabled-apis.ts";

test("without built-in event types only the native API is left, and a server without it is refused", () => {
  const apis = ["svix", "zipwhip"];
  assert.deepEqual(enabledApis({ apis, builtInEventTypes: "on" }), apis);
  assert.deepEqual(enabledApis({ apis, builtInEventTypes: "off" }), ["svix"]);
  assert.throws(() => enabledApis({ apis: ["zipwhip"], builtInEventTypes: "off" }), {
    code: "invalid_field",
    message: /add svix to HOOKLINE_APIS, which is "zipwhip"/,
  });
});
