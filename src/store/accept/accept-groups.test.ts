import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newEvent } from "../../../test/contract/store/fixtures.ts";
import { createAcceptGroups, toWeight, type AcceptGroups } from "./accept-groups.ts";

describe("groups of publishes", () => {
  const GROUP_WEIGHT = 1_000;
  const never = () => false;
  const next = (
    groups: AcceptGroups<string>,
    p: { weight?: number; isOver?: () => boolean } = {},
  ) => [...groups.take({ weight: 0, isOver: never, ...p })];
  const add = (
    groups: AcceptGroups<string>,
    app: string,
    item: string,
    { weight = 1, key = null }: { weight?: number; key?: string | null } = {},
  ) => groups.add({ item, app, weight, key });

  test("one application that publishes alone fills its groups", () => {
    const groups = createAcceptGroups<string>(GROUP_WEIGHT);
    for (let n = 0; n < 1_500; n += 1) add(groups, "a", `a${n}`);
    assert.deepEqual(
      [next(groups).length, next(groups).length, next(groups).length],
      [1_000, 500, 0],
    );
  });

  test("publishes up to a quarter of a group share it, and a larger one is alone", () => {
    const groups = createAcceptGroups<string>(GROUP_WEIGHT);
    for (const name of ["a0", "a1", "a2"]) add(groups, "a", name, { weight: 250 });
    add(groups, "a", "large", { weight: 251 });
    add(groups, "a", "a3");
    assert.deepEqual(
      [next(groups), next(groups), next(groups)],
      [["a0", "a1", "a2"], ["large"], ["a3"]],
    );
  });

  test("a large publish waits for one group, even if small ones keep arriving", () => {
    const groups = createAcceptGroups<string>(GROUP_WEIGHT);
    add(groups, "a", "a0", { weight: 1_000 });
    add(groups, "a", "a1", { weight: 1_000 });
    assert.deepEqual(next(groups), ["a0"]);
    add(groups, "b", "b0");
    assert.deepEqual(next(groups), ["b0"]);
    assert.equal(groups.isLargeNext, true);
    add(groups, "c", "c0");
    assert.deepEqual(next(groups), ["a1"]);
    assert.equal(groups.isLargeNext, false);
    assert.deepEqual(next(groups), ["c0"]);
  });

  test("a large publish does not join a group that has other calls", () => {
    const groups = createAcceptGroups<string>(GROUP_WEIGHT);
    add(groups, "a", "large", { weight: 1_000 });
    assert.deepEqual(next(groups, { weight: 1 }), []);
    assert.deepEqual(next(groups), ["large"]);
  });

  test("a group ends when its time is over, and has one publish at least", () => {
    const groups = createAcceptGroups<string>(GROUP_WEIGHT);
    for (const name of ["a0", "a1", "a2"]) add(groups, "a", name);
    let asked = 0;
    assert.deepEqual(next(groups, { isOver: () => (asked += 1) > 1 }), ["a0", "a1"]);
    assert.deepEqual(next(groups, { isOver: () => true }), ["a2"]);
  });

  test("two publishes with one key are in two groups, and only their application waits", () => {
    const groups = createAcceptGroups<string>(GROUP_WEIGHT);
    add(groups, "a", "a0", { key: "k" });
    add(groups, "a", "a1", { key: "k" });
    add(groups, "a", "a2");
    for (const name of ["b0", "b1", "b2"]) add(groups, "b", name);
    assert.deepEqual(next(groups), ["a0", "b0", "b1", "b2"]);
    assert.deepEqual(next(groups), ["a1", "a2"]);
  });

  test("an application whose group is running waits, and the others do not", () => {
    const groups = createAcceptGroups<string>(GROUP_WEIGHT);
    add(groups, "a", "a0", { weight: 1_000 });
    add(groups, "a", "a1");
    assert.deepEqual(next(groups), ["a0"]);
    groups.hold("a");
    add(groups, "b", "b0");
    assert.deepEqual(next(groups), ["b0"]);
    assert.deepEqual(next(groups), []);
    groups.release("a");
    assert.deepEqual(next(groups), ["a1"]);
  });

  test("an event that is expected to have many deliveries, or to take many steps of filters, is large", () => {
    const groups = createAcceptGroups<string>(GROUP_WEIGHT);
    const event = { id: "", eventId: null, sequence: 0, duplicate: false, undelivered: null };
    const result = (deliveries: number, filterSteps = 0) => ({
      kind: "accepted" as const,
      appId: "a",
      events: [{ ...event, deliveries }],
      repeated: false,
      acceptedAt: 0,
      filterSteps,
    });
    groups.charge("a", result(400));
    add(groups, "b", "b0");
    for (const name of ["a0", "a1"]) add(groups, "a", name);
    assert.deepEqual([next(groups), next(groups), next(groups)], [["b0"], ["a0"], ["a1"]]);
    groups.charge("a", result(0, 400_000));
    for (const name of ["f0", "f1"]) add(groups, "a", name);
    assert.deepEqual([next(groups), next(groups)], [["f0"], ["f1"]]);
    groups.charge("a", result(0));
    for (const name of ["a2", "a3"]) add(groups, "a", name);
    assert.deepEqual(next(groups), ["a2", "a3"]);
  });

  test("the weight of a publish counts its events, and long ones more than once", () => {
    const events = [newEvent(), newEvent()];
    assert.equal(toWeight({ events }), 2);
    const long = { ...newEvent(), payloadText: "x".repeat(1024 * 1024) };
    assert.equal(toWeight({ events: [long] }), 256);
  });
});
