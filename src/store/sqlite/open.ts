/** Opens the SQLite store: creates the folder, starts the writer thread and waits until it may write. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { READ_DEADLINE_MS, toWriteOptions, type StoreOptions } from "../options.ts";
import type { Store } from "../store.ts";
import { MEMORY } from "./connection.ts";
import { startReaderPool } from "./thread/reader-pool.ts";
import { resolveStorePath } from "./file/store-path.ts";
import { createStore, READER_THREADS } from "./store.ts";
import { startWriterClient } from "./thread/writer-client.ts";

export async function openSqlite(path: string, options: StoreOptions): Promise<Store> {
  const file = path === MEMORY ? MEMORY : resolveStorePath(path);
  const reading = { path: file, deadlineMs: READ_DEADLINE_MS, threads: READER_THREADS };
  const readers = file === MEMORY ? null : startReaderPool(reading);
  if (options.readOnly === true) return createStore({ writer: null, readers });
  if (file !== MEMORY) mkdirSync(dirname(file), { recursive: true });
  const writing = toWriteOptions(options);
  const writer = await startWriterClient(
    { path: file, ...writing },
    {
      limits: writing.limits,
      leaseClock: options.leaseClock ?? (() => performance.now()),
      onFatal: options.onFatal,
      onFilesMoved: options.onFilesMoved ?? (() => undefined),
    },
  );
  return createStore({ writer, readers });
}
