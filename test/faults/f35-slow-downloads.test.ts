/**
 * F35, for I4 and I5: 264 downloads of one application's pictures, from an origin that never ends them; eight
 * clients have disconnected. Another application's pictures load as fast as before, and its publishes too.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import {
  PICTURES,
  prepareEndlessDownloads,
  type DownloadPlan,
} from "./harness/endless-downloads.ts";
import { measureAttack } from "./harness/measure-attacks.ts";
import { assertUnharmed, UNHARMED_MS, victimText } from "./harness/victim.ts";

const PUBLISHES = 100;
const TIMES_SLOWER = 4;

/** Eight slots in all, which one application may fill, and which are kept when the client disconnects. */
const UNBOUNDED: readonly Edit[] = [
  { file: "src/operations/messages/download-slots.ts", from: "perApp: 4,", to: "perApp: 4000," },
  {
    file: "src/operations/messages/download-slots.ts",
    from: "perOrigin: 16,",
    to: "perOrigin: 4000,",
  },
  { file: "src/operations/messages/download-slots.ts", from: "inAll: 64,", to: "inAll: 8," },
];

test("F35 downloads that never end do not delay another application", async (t) => {
  const { figures, before, during } = await attacked(t);
  assertUnharmed(figures);
  assert.equal(during.served, PICTURES);
  assert.ok(during.longestMs <= Math.max(TIMES_SLOWER * before.longestMs, UNHARMED_MS));
});

test("F35 control: with slots that one application may fill, the others get no picture", async (t) => {
  using copy = temporaryFolder();
  const { before, during } = await attacked(t, copyProgram(copy.path, UNBOUNDED), {
    pictures: 1,
    slots: 8,
  });
  assert.equal(before.served, PICTURES);
  assert.equal(during.served, 0);
});

async function attacked(t: TestContext, program?: string, plan?: DownloadPlan) {
  using folder = temporaryFolder();
  const storeFile = `${folder.path}/hookline.db`;
  await using server = await startServer({
    settings: { HOOKLINE_STORE: `sqlite:${storeFile}`, HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32" },
    ...(program === undefined ? {} : { program }),
  });
  await using prepared = await prepareEndlessDownloads({ url: server.url, storeFile }, plan);
  const { figures, outcome } = await measureAttack(server, prepared, { publishes: PUBLISHES });
  const { before, during } = outcome;
  t.diagnostic(victimText(figures));
  t.diagnostic(`longest download: before ${before.longestMs} ms, during ${during.longestMs} ms`);
  return { figures, before, during };
}
