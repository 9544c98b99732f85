import assert from "node:assert/strict";
import { test } from "node:test";
import { toSize } from "./to-size.ts";

test("a size has the greatest unit that it reaches", () => {
  const sizes = [0, 1, 1023, 1024, 1536, 1024 ** 2 - 1, 4.1 * 1024 ** 3, 5000 * 1024 ** 4];
  assert.deepEqual(sizes.map(toSize), [
    "0 B",
    "1 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "1024.0 KiB",
    "4.1 GiB",
    "5000.0 TiB",
  ]);
});
