/**
 * F31, for I4: an application lists its events with a filter that none of them passes. 40 connections ask at once,
 * then 1,300, with ten keys and with one. The lists of an application take turns, other queries have separate
 * readers, and a refused client waits for its refusal, which is made in slices. The victim's publishes and deliveries continue as before.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { prepareFruitlessLists } from "./harness/fruitless-lists.ts";
import { pickLength } from "./harness/length.ts";
import { measureAttacks } from "./harness/measure-attacks.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = pickLength({ short: 75, long: 1500 });
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");

async function attacked(
  t: TestContext,
  p: { readonly store: string; readonly program?: string; readonly only?: number },
) {
  const settings = {
    HOOKLINE_STORE: p.store,
    HOOKLINE_SECRET_KEY: SECRET_KEY,
    HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
  };
  await using server = await startServer({
    ...(p.program === undefined ? {} : { program: p.program }),
    settings,
  });
  await using _other = p.store.startsWith("sqlite") ? null : await startServer({ settings });
  const refusals: string[] = [];
  await using prepared = await prepareFruitlessLists(server, refusals);
  const attacks = prepared.attacks.filter((_, index) => (p.only ?? index) === index);
  const publishes = { publishes: PUBLISHES, warmPublishes: 50 };
  const measured = await measureAttacks(server, { attacks }, publishes);
  for (const { name, figures, outcome } of measured) {
    t.diagnostic(`${name}: ${victimText(figures)}; attack: ${JSON.stringify(outcome)}`);
  }
  return { measured, refusals };
}

for (const store of ["sqlite", "postgres"] as const) {
  const nodes = store === "sqlite" ? "" : " with two nodes";
  test(`F31 lists of one application do not harm the others, on ${store}${nodes}`, async (t) => {
    using folder = temporaryFolder();
    await using database = store === "sqlite" ? null : await makeDatabase();
    const { measured, refusals } = await attacked(t, {
      store: database?.url ?? `sqlite:${folder.path}/hookline.db`,
    });
    assert.equal(measured.length, 3);
    for (const { figures } of measured) assertUnharmed(figures);
    assert.ok((measured[0]?.outcome["200"] ?? 0) > 0, "lists are answered");
    assert.match(refusals.join(), /Limit: reads_at_once/);
  });
}

/** Every query has the same reader, so that a publish waits for the lists before it. */
const WITHOUT_TURNS: readonly Edit[] = [
  {
    file: "src/store/history/read-turns.ts",
    from: 'if (FIRST.has(name)) return "first";',
    to: 'return "first";',
  },
];

/** A refusal is made and sent at once, so that the client asks again at once. */
const WITHOUT_PACE: readonly Edit[] = [
  { file: "src/http/pace-refusals.ts", from: "delayMs === 0", to: "delayMs >= 0" },
  {
    file: "src/http/refusal-turns.ts",
    from: "waiting.push({ response, refuse });",
    to: "return refuse();",
  },
];

const CONTROLS = [
  { name: "without turns and separate readers, 40 lists", edits: WITHOUT_TURNS, only: 0 },
  {
    name: "without pace and slices of refusals, 1,300 lists with one key",
    edits: WITHOUT_PACE,
    only: 2,
  },
];

for (const { name, edits, only } of CONTROLS) {
  test(`F31 control: ${name} harm the victim`, async (t) => {
    using folder = temporaryFolder();
    using copy = temporaryFolder();
    const { measured } = await attacked(t, {
      store: `sqlite:${folder.path}/hookline.db`,
      program: copyProgram(copy.path, edits),
      only,
    });
    assert.equal(measured.length, 1);
    for (const { figures } of measured) assertHarmed(figures, ["slow", "refused"]);
  });
}
