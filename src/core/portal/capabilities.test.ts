import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPABILITIES, chooseCapabilities, hasCapability } from "./capabilities.ts";

test("a capability includes itself and the secrets that it needs, and nothing else", () => {
  const table = CAPABILITIES.map((held) => [
    held,
    CAPABILITIES.filter((needed) => hasCapability([held], needed)),
  ]);
  assert.deepEqual(Object.fromEntries(table), {
    ViewBase: ["ViewBase"],
    ViewEndpointSecret: ["ViewEndpointSecret"],
    ManageEndpointSecret: ["ViewEndpointSecret", "ManageEndpointSecret"],
    ManageTransformations: ["ManageTransformations"],
    CreateAttempts: ["CreateAttempts"],
    ManageEndpoint: ["ViewEndpointSecret", "ManageEndpointSecret", "ManageEndpoint"],
  });
});

test("a token has all capabilities unless some are chosen, and a read-only one reads", () => {
  assert.deepEqual(chooseCapabilities({ chosen: null, readOnly: false }), CAPABILITIES);
  const chosen = ["CreateAttempts", "ViewBase", "CreateAttempts"] as const;
  assert.deepEqual(chooseCapabilities({ chosen, readOnly: false }), ["ViewBase", "CreateAttempts"]);
  assert.deepEqual(chooseCapabilities({ chosen, readOnly: true }), ["ViewBase"]);
});
