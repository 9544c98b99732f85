/** The iterators of pages: a page that ended early continues where it ended, also when it has no item. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fastify from "fastify";
import type { Page } from "../../../operations/context.ts";
import { sendPage } from "./paging.ts";

async function readPage(page: Page<string>, backward = false): Promise<unknown> {
  const app = fastify();
  app.get("/", (_request, reply) =>
    sendPage(reply, page, { id: (one) => one, text: JSON.stringify, window: { backward } }),
  );
  const answer = await app.inject("/");
  await app.close();
  return answer.json();
}

test("a full page continues behind its last item, and a page that ended early where it ended", async () => {
  const full = { items: ["c", "b"], done: false };
  const iterators = { iterator: "b", prevIterator: "-c", done: false };
  assert.deepEqual(await readPage(full), { data: full.items, ...iterators });
  const early = { ...full, next: "a" };
  assert.deepEqual(await readPage(early), { data: full.items, ...iterators, iterator: "a" });
  const backwards = { ...iterators, prevIterator: "-a" };
  assert.deepEqual(await readPage(early, true), { data: full.items, ...backwards });
  const empty = { items: [], done: false, next: "a" };
  assert.deepEqual(await readPage(empty), {
    data: [],
    iterator: "a",
    prevIterator: null,
    done: false,
  });
});
