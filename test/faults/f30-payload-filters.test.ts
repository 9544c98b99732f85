/**
 * F30, for I4: an application has a hundred payload filters that take most of their steps for each event and reject
 * it. It publishes batches and single events in turn. A batch is refused at the limit of steps, and steps are
 * charged like deliveries. So the victim's publishes and deliveries continue as before.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { pickLength } from "./harness/length.ts";
import { measureAttack } from "./harness/measure-attacks.ts";
import { preparePayloadFilters } from "./harness/payload-filters.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = pickLength({ short: 100, long: 1500 });
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");

/** A batch may take any number of steps. */
const WITHOUT_LIMIT: Edit = {
  file: "src/store/accept/publish-plan.ts",
  from: "plan.filterSteps > plan.limits.filterSteps",
  to: "plan.filterSteps > Infinity",
};

async function attacked(t: TestContext, store: "sqlite" | "postgres", edits: readonly Edit[] = []) {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  await using database = store === "sqlite" ? null : await makeDatabase();
  await using server = await startServer({
    ...(edits.length === 0 ? {} : { program: copyProgram(copy.path, edits) }),
    settings: {
      HOOKLINE_STORE: database?.url ?? `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_SECRET_KEY: SECRET_KEY,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
    },
  });
  await using prepared = await preparePayloadFilters(server);
  const publishes = { publishes: PUBLISHES, warmPublishes: 20 };
  const { figures, outcome: answers } = await measureAttack(server, prepared, publishes);
  t.diagnostic(`${victimText(figures)}; attack: ${JSON.stringify(answers)}`);
  return { figures, answers };
}

for (const store of ["sqlite", "postgres"] as const) {
  test(`F30 payload filters that take all their steps do not harm the other applications, on ${store}`, async (t) => {
    const { figures, answers } = await attacked(t, store);
    assertUnharmed(figures);
    assert.ok((answers["413"] ?? 0) > 0 && (answers["202"] ?? 0) > 0, JSON.stringify(answers));
  });
}

test("F30 control: without a limit of steps for a batch, the victim is harmed", async (t) => {
  const { figures } = await attacked(t, "sqlite", [WITHOUT_LIMIT]);
  assertHarmed(figures, ["slow", "refused"]);
});
