/**
 * F32, for I4 and I5: the receivers of another application flood interim answers (1xx) for as long as the
 * server reads them. The victim's publishes are all accepted, its deliveries arrive, and memory stays within
 * its limit. The control has no limit for interim answers, and shows the harm.
 */
import { test } from "node:test";
import type { TestContext } from "node:test";
import { copyProgram } from "../harness/patched-program.ts";
import type { Edit } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { prepareInterimFlood } from "./harness/interim-flood.ts";
import { measureAttack } from "./harness/measure-attacks.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = 50;

const HEAD_READER = "src/net/exchange/response-head.ts";
const UNBOUNDED: readonly Edit[] = [
  { file: HEAD_READER, from: "INTERIM_LIMIT = 16;", to: "INTERIM_LIMIT = Infinity;" },
  {
    file: HEAD_READER,
    from: "INTERIM_LIMIT_BYTES = 65_536;",
    to: "INTERIM_LIMIT_BYTES = Infinity;",
  },
];

test("F32 receivers that flood interim answers do not affect another application", async (t) => {
  using folder = temporaryFolder();
  assertUnharmed(await attack(t, { folder: folder.path }));
});

test("F32 control: without a limit for interim answers the flood harms the other application", async (t) => {
  using folder = temporaryFolder();
  const program = copyProgram(folder.path, UNBOUNDED);
  const harmed = await attack(t, { folder: folder.path, program });
  assertHarmed(harmed, ["slow", "refused", "lost", "memory"]);
});

async function attack(t: TestContext, p: { readonly folder: string; readonly program?: string }) {
  await using server = await startServer({
    ...(p.program === undefined ? {} : { program: p.program }),
    settings: {
      HOOKLINE_STORE: `sqlite:${p.folder}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
    },
  });
  await using prepared = await prepareInterimFlood(server);
  const { figures } = await measureAttack(server, prepared, { publishes: PUBLISHES });
  t.diagnostic(victimText(figures));
  return figures;
}
