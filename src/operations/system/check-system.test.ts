import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSystem, type SystemFacts } from "./check-system.ts";

const WELL: SystemFacts = {
  isWritable: true,
  version: "1.0.0",
  nodes: [{ version: "1.0.0" }, { version: "1.0.0" }],
  shards: { owned: 256, all: 256 },
  store: { kind: "postgres", bytes: 5e9, freeBytes: null, indexLagSeconds: 10 },
  clockOffsetMs: 3,
  publicUrl: "https://hooks.example.com",
  encryption: { isChanging: false },
};
const sqlite = { kind: "sqlite", bytes: 5e9, freeBytes: 50e9, indexLagSeconds: 0 } as const;

const CASES = [
  ["writable", { isWritable: false }, "failed"],
  ["shards", { shards: { owned: 200, all: 256 } }, "warning"],
  ["versions", { nodes: [{ version: "1.0.0" }, { version: null }] }, "warning"],
  ["clock", { clockOffsetMs: 1_500 }, "warning"],
  ["clock", { clockOffsetMs: 60_000 }, "failed"],
  ["clock", { clockOffsetMs: 60_000, store: sqlite }, "ok"],
  ["disk", { store: { ...sqlite, freeBytes: 4e8 } }, "warning"],
  ["disk", { store: { ...sqlite, bytes: 900e9 } }, "warning"],
  ["disk", { store: sqlite }, "ok"],
  ["index", { store: { ...sqlite, indexLagSeconds: 4_000 } }, "warning"],
  ["public_url", { publicUrl: "" }, "warning"],
  ["encryption", { encryption: { isChanging: true } }, "warning"],
] as const satisfies readonly (readonly [string, Partial<SystemFacts>, string])[];

test("each check says whether the server is as it should be", () => {
  const states = (facts: SystemFacts) =>
    new Map<string, string>(checkSystem(facts).map(({ name, state }) => [name, state]));
  for (const [name, state] of states(WELL)) {
    assert.equal(state, name === "backups" ? "warning" : "ok", name);
  }
  for (const [name, change, state] of CASES) {
    assert.equal(states({ ...WELL, ...change }).get(name), state, JSON.stringify(change));
  }
});
