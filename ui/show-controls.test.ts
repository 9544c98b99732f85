import assert from "node:assert/strict";
import { test } from "node:test";
import { balanceControls, showControls } from "./show-controls.ts";

test("controls of direction are shown as escapes, and every other character as it is", () => {
  assert.equal(showControls("a\u202Eb\u2069c"), "a\\u202eb\\u2069c");
  const kept = "Aé\u200D\u200Fשלום 👩‍👩‍👧 \\u202e";
  assert.equal(showControls(kept), kept);
});

test("a text ends the directions that it begins, and no others", () => {
  assert.equal(balanceControls("a\u2069\u202Eb\u2066c"), "a\u202Eb\u2066c\u2069\u202C");
  assert.equal(balanceControls("\u202Aa\u2069b\u202C"), "\u202Aab\u202C");
  const balanced = "שלום \u2066Dana\u2069 \u200F!";
  assert.equal(balanceControls(balanced), balanced);
});
