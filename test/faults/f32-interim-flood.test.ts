/**
 * F32, for I4 and I5: another app's receivers flood interim answers (1xx) for as long as they are
 * listened to. The victim's publishes are all taken, its deliveries arrive, memory holds. The
 * control listens to interim answers without a bound, and shows the harm.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { copyProgram } from "../harness/patched-program.ts";
import type { Edit } from "../harness/patched-program.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";
import { startInterimFlood } from "./harness/interim-flood.ts";
import { assertUnharmed, residentBytes, startVictim, victimText } from "./harness/victim.ts";

const ENDPOINTS = 12;
/** As many as leave for a new endpoint at once. */
const EVENTS = 4;
const PUBLISHES = 50;
/** How long the control listens to each flood; a round of the victim is a second. */
const TIMEOUT_MS = 8000;
const ATTACK = "attack";

const HEAD_READER = "src/net/response-head.ts";
const UNBOUNDED: readonly Edit[] = [
  { file: HEAD_READER, from: "INTERIM_LIMIT = 16;", to: "INTERIM_LIMIT = Infinity;" },
  {
    file: HEAD_READER,
    from: "INTERIM_LIMIT_BYTES = 65_536;",
    to: "INTERIM_LIMIT_BYTES = Infinity;",
  },
];

test("F32 receivers that flood interim answers cost another app nothing", async (t) => {
  using folder = temporaryFolder();
  assertUnharmed(await attack(t, { folder: folder.path }));
});

test("F32 control: without a bound for interim answers the flood harms the other app", async (t) => {
  using folder = temporaryFolder();
  const program = copyProgram(folder.path, UNBOUNDED);
  const harmed = await attack(t, { folder: folder.path, program });
  assert.throws(() => assertUnharmed(harmed), /became slow|were refused|did not arrive|grew/);
});

async function attack(t: TestContext, p: { readonly folder: string; readonly program?: string }) {
  await using flood = await startInterimFlood();
  await using server = await startServer({
    ...(p.program === undefined ? {} : { program: p.program }),
    settings: {
      HOOKLINE_STORE: `sqlite:${p.folder}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
    },
  });
  await using victim = await startVictim(server, { app: "victim" });
  await call(server.url, "POST", "/app", { name: ATTACK, uid: ATTACK });
  for (let n = 0; n < ENDPOINTS; n += 1) {
    const endpoint = { url: `${flood.url}/${n}`, timeoutMs: TIMEOUT_MS };
    const made = await call(server.url, "POST", `/app/${ATTACK}/endpoint`, endpoint);
    assert.equal(made.status, 201, JSON.stringify(made.body));
  }
  await victim.round(PUBLISHES);
  const residentBefore = residentBytes(server);
  const before = await victim.round(PUBLISHES);
  let residentDuring = residentBefore;
  const watch = setInterval(() => {
    residentDuring = Math.max(residentDuring, residentBytes(server));
  }, 100);
  const events = Array.from({ length: EVENTS }, (_, n) => ({ eventType: "a.b", payload: { n } }));
  const published = await call(server.url, "POST", `/app/${ATTACK}/msg/batch`, events);
  assert.equal(published.status, 202, JSON.stringify(published.body));
  const during = await victim.round(PUBLISHES);
  clearInterval(watch);
  const figures = { before, during, residentBefore, residentDuring };
  t.diagnostic(victimText(figures));
  return figures;
}
