import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createAcceptTurns, type AcceptTurns } from "./accept-turns.ts";

describe("turns of waiting publishes", () => {
  const add = (turns: AcceptTurns<string>, app: string, names: readonly string[], weight = 1) => {
    for (const item of names) turns.add({ item, app, weight });
  };
  const takeAll = (turns: AcceptTurns<string>): string[] => {
    const taken: string[] = [];
    for (let next = turns.first(); next !== null; next = turns.first()) {
      taken.push(next.item);
      turns.take();
    }
    return taken;
  };
  const number = (app: string, count: number) =>
    Array.from({ length: count }, (_, n) => `${app}${n}`);

  test("publishes of one application keep their order", () => {
    const turns = createAcceptTurns<string>();
    add(turns, "a", number("a", 500), 3);
    assert.deepEqual(takeAll(turns), number("a", 500));
    assert.equal(turns.size, 0);
  });

  test("applications take turns by weight", () => {
    const turns = createAcceptTurns<string>();
    add(turns, "a", number("a", 3), 2);
    add(turns, "b", number("b", 6));
    assert.deepEqual(takeAll(turns), ["b0", "a0", "b1", "b2", "a1", "b3", "b4", "a2", "b5"]);
  });

  test("an application with little to publish is next, with any number of backlogs", () => {
    const turns = createAcceptTurns<string>();
    for (let n = 0; n < 50; n += 1) add(turns, `big${n}`, number(`big${n}-`, 10), 1_000);
    for (let n = 0; n < 60; n += 1) turns.take();
    add(turns, "small", ["s0"]);
    assert.equal(turns.first()?.item, "s0");
  });

  test("an application that was served does not skip the queue by publishing again", () => {
    const turns = createAcceptTurns<string>();
    add(turns, "a", ["a0"], 1_000);
    add(turns, "b", number("b", 3), 1_000);
    turns.take();
    add(turns, "a", ["a1"], 1_000);
    assert.deepEqual(takeAll(turns), ["b0", "a1", "b1", "b2"]);
  });

  test("two applications with unequal backlogs share equally until one is empty", () => {
    const turns = createAcceptTurns<string>();
    add(turns, "a", number("a", 10_000));
    add(turns, "b", number("b", 100));
    const first = takeAll(turns).slice(0, 200);
    assert.equal(first.filter((item) => item.startsWith("b")).length, 100);
  });

  test("a held application has no turn, and keeps its place and order", () => {
    const turns = createAcceptTurns<string>();
    add(turns, "a", ["a0", "a1"]);
    add(turns, "b", ["b0"]);
    turns.hold("a");
    assert.equal(turns.first()?.item, "b0");
    turns.take();
    assert.equal(turns.first(), null);
    assert.equal(turns.size, 2);
    add(turns, "b", ["b1"]);
    turns.release("a");
    turns.release("a");
    assert.deepEqual(takeAll(turns), ["a0", "b1", "a1"]);
  });

  test("a hold that is released before its turn changes nothing", () => {
    const turns = createAcceptTurns<string>();
    add(turns, "a", ["a0", "a1"]);
    add(turns, "b", ["b0", "b1"]);
    turns.hold("b");
    turns.release("b");
    assert.deepEqual(takeAll(turns), ["a0", "b0", "a1", "b1"]);
  });

  test("a publish that is kept first stays next before later ones", () => {
    const turns = createAcceptTurns<string>();
    add(turns, "a", ["a0", "a1"], 1_000);
    turns.take();
    turns.keepFirst();
    add(turns, "b", ["b0"]);
    assert.deepEqual(takeAll(turns), ["a1", "b0"]);
  });

  test("an application whose publishes cost more than their weight has its turn later", () => {
    const turns = createAcceptTurns<string>();
    add(turns, "a", number("a", 3));
    add(turns, "b", number("b", 5));
    turns.take();
    turns.charge("a", 3);
    assert.deepEqual(takeAll(turns), ["b0", "b1", "b2", "b3", "a1", "b4", "a2"]);
  });

  test("many applications that publish once do not add up", () => {
    const turns = createAcceptTurns<string>();
    for (let n = 0; n < 5_000; n += 1) {
      add(turns, `app${n}`, ["x"]);
      turns.take();
    }
    add(turns, "a", ["a0"]);
    assert.deepEqual(takeAll(turns), ["a0"]);
  });
});
