/**
 * F29, for I4 and I5: an application publishes batches to many endpoints. A batch of more deliveries than a
 * publish may cause is refused before anything is written. Below the limit its deliveries are made in parts,
 * and all of them are accounted for. The victim's publishes and deliveries continue as before.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { copyProgram } from "../harness/patched-program.ts";
import { startServer, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { ACCEPTED_DELIVERIES, prepareLargeFanOuts } from "./harness/large-fan-outs.ts";
import { pickLength } from "./harness/length.ts";
import { measureAttack } from "./harness/measure-attacks.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = pickLength({ short: 100, long: 1500 });
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");
const WARM_PUBLISHES = 20;

function toSettings(store: string) {
  return {
    HOOKLINE_STORE: store,
    HOOKLINE_SECRET_KEY: SECRET_KEY,
    HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
  };
}

async function attacked(t: TestContext, server: ServerProcess) {
  await using prepared = await prepareLargeFanOuts(server);
  const refusal = await prepared.refusal();
  const publishes = { publishes: PUBLISHES, warmPublishes: WARM_PUBLISHES };
  const { figures, outcome: answers } = await measureAttack(server, prepared, publishes);
  t.diagnostic(`${victimText(figures)}; attack: ${JSON.stringify(answers)}`);
  return { figures, answers, refusal };
}

for (const store of ["sqlite", "postgres"] as const) {
  const nodes = store === "sqlite" ? "" : " with two nodes";
  test(`F29 batches of one application to many endpoints do not harm the others, on ${store}${nodes}`, async (t) => {
    using folder = temporaryFolder();
    await using database = store === "sqlite" ? null : await makeDatabase();
    const settings = toSettings(database?.url ?? `sqlite:${folder.path}/hookline.db`);
    await using server = await startServer({ settings });
    await using _other = database === null ? null : await startServer({ settings });
    const { figures, answers, refusal } = await attacked(t, server);
    assertUnharmed(figures);
    assert.equal(refusal.status, 413);
    assert.match(
      refusal.detail,
      /Limit: deliveries_per_publish\. .* would add 100400 deliveries\./,
    );
    assert.deepEqual(Object.keys(answers).toSorted(), ["202", "413"], JSON.stringify(answers));

    // The parts continue. Each delivery is pending, or counted and still to be made.
    const { created, fanningOut, pending } = await checkStore(settings);
    assert.ok(pending > 0, "no part was made");
    const ofVictim = WARM_PUBLISHES + 2 * PUBLISHES;
    const publishes = (created - ofVictim) / ACCEPTED_DELIVERIES;
    // An answer may be on its way when the attack ends.
    assert.ok(publishes >= (answers["202"] ?? 0), `${created} deliveries`);
    assert.ok(Number.isInteger(publishes), `${created} deliveries`);
    assert.equal(pending + fanningOut, publishes * ACCEPTED_DELIVERIES);
  });
}

test("F29 control: a publish that makes all of its deliveries itself harms the victim", async (t) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const program = copyProgram(copy.path, [
    {
      file: "src/core/limits/publish-limits.ts",
      from: "    value: 1_000,\n    range: [1, 1_000],",
      to: "    value: 1_000_000,\n    range: [1, 1_000_000],",
    },
  ]);
  const settings = toSettings(`sqlite:${folder.path}/hookline.db`);
  await using server = await startServer({ program, settings });
  const { figures } = await attacked(t, server);
  assertHarmed(figures, ["slow", "refused"]);
});
