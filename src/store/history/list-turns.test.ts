/** I4: lists of one application take turns with those of others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppError } from "../../core/error.ts";
import { READS as POSTGRES_READS } from "../postgres/reads.ts";
import { READS as SQLITE_READS } from "../sqlite/thread/reads.ts";
import { createListTurns, isList, toListedApp } from "./list-turns.ts";

const LIMITS = { inAll: 3, perApp: 2, waitingPerApp: 4, waitingInAll: 6, waitMs: 60_000 };

/** Lists that end when the test says so. */
function controlled() {
  const turns = createListTurns(LIMITS);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (app: string, name: string) =>
    turns.run(app, async () => {
      started.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
    });
  return { start, started, end: (name: string) => ends.get(name)?.() };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("one application has few lists under way, and others start beside them", async () => {
  const { start, started, end } = controlled();
  const lists = [start("a", "a1"), start("a", "a2"), start("a", "a3"), start("b", "b1")];
  await settle();
  assert.deepEqual(started, ["a1", "a2", "b1"]);
  for (const name of ["a1", "a2", "b1"]) end(name);
  await settle();
  assert.deepEqual(started, ["a1", "a2", "b1", "a3"]);
  end("a3");
  await Promise.all(lists);
});

test("waiting applications take turns, also when one has more lists", async () => {
  const { start, started, end } = controlled();
  const lists = ["a1", "a2", "a3", "a4", "a5"].map((name) => start("a", name));
  lists.push(start("b", "b1"), start("c", "c1"), start("b", "b2"));
  await settle();
  assert.deepEqual(started, ["a1", "a2", "b1"]);
  for (const name of ["a1", "b1", "a2", "c1"]) {
    end(name);
    await settle();
  }
  assert.deepEqual(started, ["a1", "a2", "b1", "a3", "c1", "b2", "a4"]);
  for (const name of ["a3", "b2", "a4", "a5"]) {
    end(name);
    await settle();
  }
  await Promise.all(lists);
});

test("a list beyond the waiting ones of its application is refused with the limit", async () => {
  const { start, started, end } = controlled();
  const names = ["a1", "a2", "a3", "a4", "a5", "a6"];
  const lists = names.map((name) => start("a", name));
  await assert.rejects(start("a", "a7"), (error: AppError) => {
    assert.equal(error.code, "rate_limited");
    assert.match(error.message, /run 2 at a time; 4 may wait, each 60 seconds/);
    return true;
  });
  lists.push(start("b", "b1"), start("b", "b2"), start("c", "c1"));
  await assert.rejects(start("d", "d1"), { code: "overloaded" });
  for (const name of [...names, "b1", "b2", "c1"].flatMap((one) => [one, ...started])) {
    end(name);
    await settle();
  }
  await Promise.all(lists);
});

test("a list that waits too long is refused, and the next one keeps its place", async () => {
  const turns = createListTurns({ ...LIMITS, inAll: 1, perApp: 1, waitMs: 5 });
  const first = Promise.withResolvers<string>();
  const list = turns.run("a", () => first.promise);
  await assert.rejects(
    turns.run("a", () => Promise.resolve("late")),
    { code: "rate_limited" },
  );
  const next = turns.run("b", () => Promise.resolve("read"));
  first.resolve("first");
  assert.deepEqual(await Promise.all([list, next]), ["first", "read"]);
});

test("a list that fails gives its turn to the next", async () => {
  const turns = createListTurns({ ...LIMITS, inAll: 1, perApp: 1 });
  const failed = turns.run("a", () => Promise.reject(new Error("late")));
  const next = turns.run("a", () => Promise.resolve("read"));
  await assert.rejects(failed, /late/);
  assert.equal(await next, "read");
});

test("both databases bound every query that is called a list", () => {
  for (const reads of [SQLITE_READS, POSTGRES_READS]) {
    const named = Object.keys(reads).filter((name) => /list|Of[A-Z]|feed|stats/i.test(name));
    assert.deepEqual(
      named.filter((name) => !isList(name)),
      [],
    );
  }
});

test("a list of the whole store waits behind no other such list", async () => {
  const turns = createListTurns({ ...LIMITS, inAll: 2, perApp: 1 });
  const eventTypes = Promise.withResolvers<void>();
  const slow = turns.run(toListedApp("eventTypes.list", {}), () => eventTypes.promise);
  const gauges = turns.run(toListedApp("upkeep.gauges", {}), () => Promise.resolve("read"));
  assert.equal(await gauges, "read");
  eventTypes.resolve();
  await slow;
  assert.equal(toListedApp("endpoints.list", { appRef: "app_1" }), "app_1");
  assert.notEqual(toListedApp("jobs.list", { appRef: null }), toListedApp("apps.list", {}));
});
