/**
 * F37, for I4: a client without a credential makes the most expensive requests. They are bodies full of
 * parameters at Zipwhip's paths, which are parsed before the caller is authenticated. Others have megabytes,
 * or request the documents, the metrics or the health check. The victim's publishes and deliveries continue
 * as before.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { copyProgram } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { pickLength } from "./harness/length.ts";
import { measureAttack } from "./harness/measure-attacks.ts";
import { prepareUnauthenticatedRequests } from "./harness/unauthenticated-requests.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = pickLength({ short: 50, long: 1500 });
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");

async function attacked(t: TestContext, server: ServerProcess) {
  await using prepared = await prepareUnauthenticatedRequests(server);
  const publishes = { publishes: PUBLISHES, warmPublishes: 20 };
  const measured = await measureAttack(server, prepared, publishes);
  const { figures, outcome: answers } = measured;
  t.diagnostic(`${victimText(figures)}; attack: ${JSON.stringify(answers)}`);
  return { figures, answers };
}

for (const store of ["sqlite", "postgres"] as const) {
  test(`F37 requests of an unauthenticated client do not harm the applications, on ${store}`, async (t) => {
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
    assert.ok((answers["200"] ?? 0) > 0, JSON.stringify(answers));
  });
}

test("F37 control: 64 KiB of parameters, parsed before the caller is authenticated, harm the victim", async (t) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const program = copyProgram(copy.path, [
    { file: "src/dialects/zipwhip/calls/line-call.ts", from: "16 * 1024", to: "64 * 1024" },
    { file: "src/dialects/zipwhip/calls/user.ts", from: "= 4 * 1024", to: "= 64 * 1024" },
    { file: "src/dialects/zipwhip/calls/read-pairs.ts", from: "= 320", to: "= 1_000_000" },
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
