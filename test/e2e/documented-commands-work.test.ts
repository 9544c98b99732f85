/**
 * The commands of the dialects' pages, as printed. One bash runs every shell block in order against a server
 * and a receiver of the test, and every curl must succeed.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { ADMIN_TOKEN, startNativeApi } from "../harness/native-api.ts";
import { startReceiver } from "../harness/receiver.ts";
import type { Receiver } from "../harness/receiver.ts";

/** The paths that the receiver has received after the block with this index. */
type Expected = Readonly<Record<number, readonly string[]>>;

const PAGES: Readonly<Record<string, Expected>> = {
  zipwhip: { 1: ["/message/receive"] },
  sendblue: { 0: ["/receive"] },
  chirp: { 0: ["/chirp"] },
};

const BLOCK = /^```sh\n(.*?)^```$/gms;
const CURL = 'curl() { command curl --silent --show-error --fail-with-body "$@"; }';
const DONE = "__done__";

for (const [page, expected] of Object.entries(PAGES)) {
  test(
    `the commands of docs/dialects/${page}.md have the results that the page describes`,
    { timeout: 60_000 },
    async () => {
      await using api = await startNativeApi();
      await using receiver = await startReceiver();
      const text = readFileSync(new URL(`../../docs/dialects/${page}.md`, import.meta.url), "utf8");
      const blocks = [...text.matchAll(BLOCK)].map(([, block = ""]) =>
        block
          .replaceAll("http://127.0.0.1:8080", api.url)
          .replaceAll("http://127.0.0.1:9000", receiver.url)
          .replaceAll("$(cat ./data/hookline.db.admin-token)", ADMIN_TOKEN),
      );
      assert.ok(blocks.length > 1, "the blocks were found");
      await runBlocks(blocks, async (index) => {
        const paths = expected[index];
        if (paths !== undefined) await receiver.until(() => hasAll(receiver, paths));
      });
    },
  );
}

function hasAll({ receipts }: Receiver, paths: readonly string[]): boolean {
  return paths.every((path) => receipts.some((receipt) => receipt.path === path));
}

/** The next block begins once `afterEach` has resolved. */
async function runBlocks(
  blocks: readonly string[],
  afterEach: (index: number) => Promise<void>,
): Promise<void> {
  const bash = spawn("bash", ["-e", "-o", "pipefail", "-s"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: bash.stdout })[Symbol.asyncIterator]();
  try {
    bash.stdin.write(`${CURL}\n`);
    for (const [index, block] of blocks.entries()) {
      bash.stdin.write(`${block}\necho; echo ${DONE}\n`);
      const output: string[] = [];
      for (;;) {
        const { value: line, done } = await lines.next();
        assert.ok(done !== true, `block ${index} failed:\n${block}\n${output.join("\n")}`);
        if (line === DONE) break;
        output.push(line);
      }
      // Zipwhip's refusals have the status 200.
      assert.doesNotMatch(output.join("\n"), /"success":false/, block);
      await afterEach(index);
    }
  } finally {
    bash.stdin.end();
    bash.kill();
  }
}
