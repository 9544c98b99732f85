/** I4: queries of one application take turns with those of others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppError } from "../../core/error.ts";
import { LIMITS } from "../../core/limits.ts";
import { READS as POSTGRES_READS } from "../postgres/reads.ts";
import { READS as SQLITE_READS } from "../sqlite/thread/reads.ts";
import { createReadTurns, createTurns, toReadKind } from "./read-turns.ts";

const { listsAtOnce } = LIMITS;
const TURNS = {
  limit: { ...listsAtOnce, value: 2 },
  inAll: 3,
  waitingPerApp: 4,
  waitingInAll: 6,
  waitMs: 60_000,
};
const ONE = { ...TURNS, limit: { ...listsAtOnce, value: 1 }, inAll: 1 };

/** Lists that end when the test says so. */
function controlled() {
  const turns = createTurns(TURNS);
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
    assert.match(error.message, /has 2 lists under way.*Limit: lists_at_once\./);
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
  const turns = createTurns({ ...ONE, waitMs: 5 });
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
  const turns = createTurns(ONE);
  const failed = turns.run("a", () => Promise.reject(new Error("late")));
  const next = turns.run("a", () => Promise.resolve("read"));
  await assert.rejects(failed, /late/);
  assert.equal(await next, "read");
});

test("both databases bound every query that is called a list", () => {
  for (const reads of [SQLITE_READS, POSTGRES_READS]) {
    const named = Object.keys(reads).filter((name) => /list|Of[A-Z]|feed|stats/i.test(name));
    assert.deepEqual(
      named.filter((name) => toReadKind(name) !== "list"),
      [],
    );
  }
});

/** Turns in which a query of each kind waits for another of its application. */
function startTurns() {
  const turns = createReadTurns({ lookup: 1, list: 2 });
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const found: string[] = [];
  const findAppId = (ref: string) => {
    found.push(ref);
    return Promise.resolve(ref === "uid" ? APP_ID : null);
  };
  const run = (name: string, params?: object) =>
    turns.run(name, params, {
      findAppId,
      read: () => {
        started.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      },
    });
  return { run, started, found, endAll: () => ends.splice(0).forEach((end) => end()) };
}

const APP_ID = `app_${"0".repeat(27)}`;

test("an application is one, under its id and its uid", async () => {
  const { run, started, found, endAll } = startTurns();
  const lists = [
    run("history.listEvents", { appRef: APP_ID }),
    run("history.feed", { appRef: "uid" }),
  ];
  await settle();
  assert.deepEqual(started, ["history.listEvents"]);
  assert.deepEqual(found, ["uid"], "an id needs no query");
  endAll();
  await settle();
  assert.deepEqual(started, ["history.listEvents", "history.feed"]);
  endAll();
  await Promise.all(lists);
});

test("authentication waits for no lookup, and a lookup for no list", async () => {
  const { run, started, endAll } = startTurns();
  const names = ["history.listEvents", "history.getEvent", "keys.findByHash"];
  const reads = [...names, ...names].map((name) => run(name, { appRef: APP_ID }));
  await settle();
  assert.deepEqual(started.toSorted(), [...names, "keys.findByHash"].toSorted());
  for (let turn = 0; turn < 2; turn += 1) {
    endAll();
    await settle();
  }
  await Promise.all(reads);
});

test("a list of the whole store waits behind no other such list", async () => {
  const { run, started, endAll } = startTurns();
  const lists = ["eventTypes.list", "upkeep.gauges", "eventTypes.list"].map((name) => run(name));
  await settle();
  assert.deepEqual(started, ["eventTypes.list", "upkeep.gauges"]);
  for (let turn = 0; turn < 2; turn += 1) {
    endAll();
    await settle();
  }
  await Promise.all(lists);
});
