import assert from "node:assert/strict";
import { test } from "node:test";
import { createBodyRoom } from "./body-room.ts";

test("a caller with three of the largest bodies in progress is refused until one is answered", () => {
  const room = createBodyRoom(100);
  const [first] = [room.take("a", 100), room.take("a", 100), room.take("a", 100)];
  const refused = { code: "rate_limited", retryAfterSeconds: 1 };
  assert.throws(() => room.take("a", 1), refused);
  room.take("b", 100);
  first();
  room.take("a", 100);
  assert.throws(() => room.take("a", 1), refused);
});

test("all callers together, including the operator, have at most twelve", () => {
  const room = createBodyRoom(100);
  const taken = Array.from({ length: 12 }, () => room.take("operator", 100));
  const refused = { code: "overloaded", retryAfterSeconds: 1 };
  for (const owner of ["operator", "b"]) assert.throws(() => room.take(owner, 1), refused);
  for (const giveBack of taken) giveBack();
  room.take("b", 300);
});
