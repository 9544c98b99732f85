/**
 * F33, for I4: an application publishes batches of 8 MiB that are costly to parse, without a pause. Each has
 * a 64-bit integer among hundreds of thousands of values. Its last event is refused, so that nothing is
 * stored and only parsing counts. The victim's publishes and deliveries continue as before.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { copyProgram } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { prepareCostlyBatches } from "./harness/costly-batches.ts";
import { pickLength } from "./harness/length.ts";
import { measureAttack } from "./harness/measure-attacks.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = pickLength({ short: 50, long: 1500 });
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");

async function attacked(t: TestContext, server: ServerProcess) {
  await using prepared = await prepareCostlyBatches(server);
  const publishes = { publishes: PUBLISHES, warmPublishes: 20 };
  const measured = await measureAttack(server, prepared, publishes);
  const { figures, outcome: answers } = measured;
  t.diagnostic(`${victimText(figures)}; attack: ${JSON.stringify(answers)}`);
  return { figures, answers };
}

for (const store of ["sqlite", "postgres"] as const) {
  test(`F33 costly batches of one application do not harm the others, on ${store}`, async (t) => {
    using folder = temporaryFolder();
    await using database = store === "sqlite" ? null : await makeDatabase();
    await using server = await startServer({
      settings: {
        HOOKLINE_STORE: database?.url ?? `sqlite:${folder.path}/hookline.db`,
        HOOKLINE_SECRET_KEY: SECRET_KEY,
        HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
      },
    });
    const { figures, answers } = await attacked(t, server);
    assertUnharmed(figures);
    assert.deepEqual(Object.keys(answers), ["422"], JSON.stringify(answers));
    assert.ok((answers["422"] ?? 0) > 0, "the attack was served as well");
  });
}

test("F33 control: a batch that is parsed in one pass with a reviver harms the victim", async (t) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const program = copyProgram(copy.path, [
    {
      file: "src/dialects/svix/calls/batch.ts",
      from: "const given = {",
      to: "JSON.parse(bytes.toString(), (_name, value: unknown) => value);\n    const given = {",
    },
  ]);
  await using server = await startServer({
    program,
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
    },
  });
  const { figures } = await attacked(t, server);
  assertHarmed(figures, ["slow", "refused"]);
});
