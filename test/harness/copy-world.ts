/** The setup of the tests that move a store: a filled file, an empty database, and a receiver. */
import { copyStore } from "../../src/store/copy/copy.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { fillStore, START, type Filled } from "./filled-store.ts";
import { startReceiver } from "./receiver.ts";
import { temporaryFolder } from "./server.ts";
import { loadAnswers } from "./store-answers.ts";

export const OPTIONS = {
  accept: {
    decide: {
      optOutMatch: "word" as const,
      stopKeywords: ["stop"],
      unstopKeywords: ["start"],
      largeTextBytes: 10_000,
    },
  },
  onFatal(error: Error) {
    throw error;
  },
};
export const PAGE = { after: null, limit: 10, backward: false, ascending: false };
export const APP = {
  id: "app_1",
  uid: null,
  name: "One",
  throttleRate: null,
  signatureHeaders: null,
  metadata: {},
  test: false,
  createdAt: START,
  updatedAt: START,
};

/** Opens a filled file that no server has open, an empty database, and a receiver of all its endpoints. */
export async function openWorld() {
  const folder = temporaryFolder();
  const from = `sqlite:${folder.path}/hookline.db`;
  const receiver = await startReceiver();
  const filled: Filled = await served(from, (store) => fillStore(store, receiver.url));
  const database = await makeDatabase();
  return {
    folder: folder.path,
    from,
    to: database.url,
    database,
    filled,
    receiver,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

export async function served<T>(
  url: string,
  use: (store: Store) => Promise<T>,
  more: { readOnly?: boolean } = {},
): Promise<T> {
  await using store = await openStore(url, { ...OPTIONS, ...more });
  return await use(store);
}

/** Returns all answers after a start has taken the shards, which makes leased deliveries pending again. */
export async function answersAfterRestart(
  store: Store,
  filled: Filled,
): Promise<Record<string, unknown>> {
  await store.shards.hold({ owner: "looks", atMost: 256, leaseMs: 15_000 });
  await store.shards.recover({ owner: "looks" });
  await store.shards.release({ owner: "looks" });
  return await loadAnswers(store, filled);
}

/** Interrupts the copy after fifty rows of this stage. */
export async function interrupted(
  from: string,
  to: string,
  at: "copying" | "checking" = "copying",
) {
  await copyStore({
    from,
    to,
    rowsPerChunk: 5,
    onProgress({ stage, done }) {
      if (stage === at && done > 50) throw new Error("interrupted");
    },
  });
}
