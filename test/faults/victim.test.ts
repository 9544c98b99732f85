/** Tests of the check in the rows of attacks, on an idle server and on one whose process is stopped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startServer, temporaryFolder } from "../harness/server.ts";
import {
  assertHarmed,
  assertUnharmed,
  residentBytes,
  startVictim,
  victimText,
} from "./harness/victim.ts";

const STOPPED_MS = 1500;

test("the victim of an idle server is unharmed, and the victim of a blocked server is not", async (t) => {
  using folder = temporaryFolder();
  await using server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
    },
  });
  await using victim = await startVictim(server, { app: "victim" });
  await victim.round(20);
  const residentBefore = residentBytes(server);
  const before = await victim.round(20);
  const during = await victim.round(20);
  const atRest = { before, during, residentBefore, residentDuring: residentBytes(server) };
  t.diagnostic(victimText(atRest));
  assertUnharmed(atRest);
  assert.throws(
    () => assertUnharmed({ ...atRest, residentDuring: residentBefore + 151 * 2 ** 20 }),
    /memory grew/,
  );
  assert.throws(
    () => assertUnharmed({ ...atRest, during: { ...during, taken: 19 } }),
    /publishes were refused/,
  );

  server.child.kill("SIGSTOP");
  setTimeout(() => server.child.kill("SIGCONT"), STOPPED_MS);
  const stopped = { ...atRest, during: await victim.round(20) };
  t.diagnostic(victimText(stopped));
  assert.throws(() => assertUnharmed(stopped), /publishes became slow/);
  assertHarmed(stopped, ["slow"]);
  assert.throws(() => assertHarmed(atRest, ["slow", "refused", "lost", "memory"]), /no harm/);
  // A fast machine shows the same harm below the floor of the other check.
  const slow = { publishP50Ms: 10 * before.publishP50Ms, publishP99Ms: 0 };
  const fast = { ...stopped, during: { ...stopped.during, ...slow } };
  assertHarmed(fast, ["slow"]);
  assert.throws(() => assertHarmed(fast, ["refused", "lost", "memory"]), /found slow/);
});
