/**
 * F30, for I4: an application has hundreds of endpoints with a thousand event types each, and none gets an event.
 * It publishes batches and changes an endpoint in turn. Matching reads the endpoints that list an event's type,
 * and a change reads one endpoint. So the victim's publishes and deliveries continue as before.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { addCostlyFilters, prepareCostlyFilters } from "./harness/costly-filters.ts";
import { pickLength } from "./harness/length.ts";
import { measureAttack } from "./harness/measure-attacks.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = pickLength({ short: 100, long: 1500 });
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");

/** Every event looks at every filter of the application. */
const WITHOUT_INDEX: Edit = {
  file: "src/core/events/endpoint-index.ts",
  from: "const words = wordsFor(bySlot.length);",
  to: `const words = wordsFor(bySlot.length);
      const isWanted = (list: readonly string[] | null) => list?.includes(facts.type) ?? true;
      if (![...entries.values()].some(({ endpoint }) => isWanted(endpoint.eventTypes))) return NONE;`,
};
/** A change of one endpoint makes the writer read all endpoints of the application again. */
const WITHOUT_SINGLE_ROWS: Edit = {
  file: "src/store/sqlite/thread/cached-endpoints.ts",
  from: "app.outdated.size > OUTDATED_LIMIT",
  to: "app.outdated.size > 0",
};

async function attacked(t: TestContext, store: "sqlite" | "postgres", edits: readonly Edit[] = []) {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  await using database = store === "sqlite" ? null : await makeDatabase();
  const storeUrl = database?.url ?? `sqlite:${folder.path}/hookline.db`;
  await addCostlyFilters(storeUrl);
  const settings = {
    HOOKLINE_STORE: storeUrl,
    HOOKLINE_SECRET_KEY: SECRET_KEY,
    HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
  };
  await using server = await startServer({
    ...(edits.length === 0 ? {} : { program: copyProgram(copy.path, edits) }),
    settings,
  });
  await using _other = database === null ? null : await startServer({ settings });
  await using prepared = await prepareCostlyFilters(server);
  const publishes = { publishes: PUBLISHES, warmPublishes: 20 };
  const measured = await measureAttack(server, prepared, publishes);
  const { figures, outcome: answers } = measured;
  t.diagnostic(`${victimText(figures)}; attack: ${JSON.stringify(answers)}`);
  return { figures, answers, refusal: prepared.refusal };
}

for (const store of ["sqlite", "postgres"] as const) {
  const nodes = store === "sqlite" ? "" : " with two nodes";
  test(`F30 filters that match nothing do not harm the other applications, on ${store}${nodes}`, async (t) => {
    const { figures, answers, refusal } = await attacked(t, store);
    assertUnharmed(figures);
    assert.ok((answers["202"] ?? 0) > 0 && (answers["200"] ?? 0) > 0, JSON.stringify(answers));
    assert.match(JSON.stringify(refusal), /filter_bytes/);
  });
}

test("F30 control: when every event looks at every filter, the victim is harmed", async (t) => {
  const { figures } = await attacked(t, "sqlite", [WITHOUT_INDEX, WITHOUT_SINGLE_ROWS]);
  assertHarmed(figures, ["slow", "refused"]);
});
