/**
 * F34, for I4 and I5: clients that never read the responses to their requests. One storage key, without any
 * credential, is requested on 80 connections, then 60 times on a single one. Then an application's key
 * requests the largest pages of events on 80. The victim is not affected, and memory stays within its limit.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { measureAttacks } from "./harness/measure-attacks.ts";
import { prepareUnreadAnswers } from "./harness/unread-answers.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = 100;

/** Limits so high that each connection may have all its downloads and bytes at once. */
const UNBOUNDED: readonly Edit[] = [
  { file: "src/operations/messages/download-slots.ts", from: "perApp: 4,", to: "perApp: 4000," },
  { file: "src/operations/messages/download-slots.ts", from: "inAll: 64,", to: "inAll: 4000," },
  { file: "src/http/limit-answers.ts", from: "perCaller: 16 *", to: "perCaller: 16_000 *" },
  { file: "src/http/limit-answers.ts", from: "inAll: 64 *", to: "inAll: 64_000 *" },
  { file: "src/http/limit-answers.ts", from: "atOnce: ", to: "atOnce: 1000 + " },
  // The media are read whole into memory, as by a program that does not stream.
  {
    file: "src/dialects/zipwhip/calls/attachment.ts",
    from: "Readable ? content :",
    to: 'Readable ? await (await import("node:stream/consumers")).buffer(content) :',
  },
];

test("F34 answers that are never read do not affect another application, and memory stays bounded", async (t) => {
  const measured = await attacked(t);
  assert.equal(measured.length, 3);
  for (const { figures } of measured) assertUnharmed(figures);
});

test("F34 control: without the limits the same answers fill the memory", async (t) => {
  // Each attack has a separate server, because a process does not return memory after the previous attack.
  for (const only of [0, 1]) {
    using copy = temporaryFolder();
    const measured = await attacked(t, { program: copyProgram(copy.path, UNBOUNDED), only });
    assert.equal(measured.length, 1);
    for (const { figures } of measured) {
      assertHarmed(figures, ["memory", "slow", "refused", "lost"]);
    }
  }
});

async function attacked(
  t: TestContext,
  p: { readonly program?: string; readonly only?: number } = {},
) {
  using folder = temporaryFolder();
  const storeFile = `${folder.path}/hookline.db`;
  await using server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${storeFile}`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
    },
    ...(p.program === undefined ? {} : { program: p.program }),
  });
  await using prepared = await prepareUnreadAnswers({ url: server.url, storeFile });
  const attacks = prepared.attacks.filter((_, index) => (p.only ?? index) === index);
  const measured = await measureAttacks(server, { attacks }, { publishes: PUBLISHES });
  for (const { name, figures } of measured) t.diagnostic(`${name}: ${victimText(figures)}`);
  return measured;
}
