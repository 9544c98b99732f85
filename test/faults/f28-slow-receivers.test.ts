/**
 * F28, for I4: receivers of one application that answer after four seconds, or never, with far more deliveries
 * than they can take. They hold leases and concurrency slots, of which each application gets a share. The
 * victim's publishes and deliveries continue as before.
 */
import { test, type TestContext } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { measureAttacks } from "./harness/measure-attacks.ts";
import { prepareSlowReceivers } from "./harness/slow-receivers.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = 100;
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");
const SETTINGS = { HOOKLINE_SECRET_KEY: SECRET_KEY, HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32" };

/** One application may take everything that is free. */
const UNSHARED: readonly Edit[] = [
  {
    file: "src/core/delivery/fair-share.ts",
    from: "const TIMES_FREE = 4;",
    to: "const TIMES_FREE = 1e9;",
  },
];

async function attacked(t: TestContext, p: { readonly store: string; readonly program?: string }) {
  const settings = { ...SETTINGS, HOOKLINE_STORE: p.store };
  const program = p.program === undefined ? {} : { program: p.program };
  await using server = await startServer({ settings, ...program });
  // On PostgreSQL another node owns half of the shards, and gets the deliveries of those forwarded.
  await using _other = p.store.startsWith("sqlite")
    ? null
    : await startServer({ settings, ...program });
  await using prepared = await prepareSlowReceivers(server);
  const measured = await measureAttacks(server, prepared, { publishes: PUBLISHES });
  for (const { name, figures } of measured) t.diagnostic(`${name}: ${victimText(figures)}`);
  return measured;
}

test("F28 slow and hung receivers of one application do not affect the others, on sqlite", async (t) => {
  using folder = temporaryFolder();
  for (const { figures } of await attacked(t, { store: `sqlite:${folder.path}/hookline.db` })) {
    assertUnharmed(figures);
  }
});

test("F28 slow and hung receivers of one application do not affect the others, on two nodes", async (t) => {
  await using database = await makeDatabase();
  for (const { figures } of await attacked(t, { store: database.url })) assertUnharmed(figures);
});

test("F28 control: without shares the same receivers hold back the deliveries of others", async (t) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const program = copyProgram(copy.path, UNSHARED);
  const measured = await attacked(t, { store: `sqlite:${folder.path}/hookline.db`, program });
  // Deliveries of a large publish are made in parts, so the slow receivers are not yet behind.
  const hung = measured.at(-1) as (typeof measured)[number];
  assertHarmed(hung.figures, ["slow", "lost"]);
});
