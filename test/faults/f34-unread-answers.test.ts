/**
 * F34, for I4 and I5: clients that never read what they asked for. One storage key, without any
 * credential, is asked for on 80 connections, then 60 times on a single one; then an application's
 * own key asks for the largest pages of events on 80. The victim notices nothing, and memory holds.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { measureAttacks } from "./harness/measure-attacks.ts";
import { prepareUnreadAnswers } from "./harness/unread-answers.ts";
import { assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = 100;

/** As many downloads and bytes as anybody asks for, all at once on each connection. */
const UNBOUNDED: readonly Edit[] = [
  { file: "src/operations/download-slots.ts", from: "perApp: 4,", to: "perApp: 4000," },
  { file: "src/operations/download-slots.ts", from: "inAll: 64,", to: "inAll: 4000," },
  { file: "src/http/limit-answers.ts", from: "perCaller: 16 *", to: "perCaller: 16_000 *" },
  { file: "src/http/limit-answers.ts", from: "inAll: 64 *", to: "inAll: 64_000 *" },
  { file: "src/http/limit-answers.ts", from: "atOnce: ", to: "atOnce: 1000 + " },
  // Media whole in memory, as a program holds them that does not stream.
  {
    file: "src/dialects/zipwhip/attachment.ts",
    from: "Readable ? content :",
    to: 'Readable ? await (await import("node:stream/consumers")).buffer(content) :',
  },
];

test("F34 answers that are never read cost another application nothing, and memory holds", async (t) => {
  const measured = await attacked(t);
  assert.equal(measured.length, 3);
  for (const { figures } of measured) assertUnharmed(figures);
});

test("F34 control: without the bounds the same answers fill the memory", async (t) => {
  // Each attack has its own server: memory that the one before it took is not given back.
  for (const only of [0, 1]) {
    using copy = temporaryFolder();
    const measured = await attacked(t, { program: copyProgram(copy.path, UNBOUNDED), only });
    assert.equal(measured.length, 1);
    for (const { figures } of measured) {
      assert.throws(() => assertUnharmed(figures), /memory grew|became slow|refused|arrive/);
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
