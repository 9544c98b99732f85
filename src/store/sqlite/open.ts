/** Opens the SQLite store: creates the folder, starts the writer thread and waits until it may write. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { READ_DEADLINE_MS, toWriteOptions, type StoreOptions } from "../options.ts";
import type { Store } from "../store.ts";
import { MEMORY } from "./connection.ts";
import { startReaderPool } from "./thread/reader-pool.ts";
import { resolveStorePath } from "./file/store-path.ts";
import { createStore, READS_AT_ONCE, type Readers } from "./store.ts";
import { startWriterClient } from "./thread/writer-client.ts";

export async function openSqlite(path: string, options: StoreOptions): Promise<Store> {
  const file = path === MEMORY ? MEMORY : resolveStorePath(path);
  const readers = file === MEMORY ? null : startReaders(file);
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

function startReaders(path: string): Readers {
  const start = { path, deadlineMs: READ_DEADLINE_MS };
  return {
    first: startReaderPool({ ...start, count: 1 }),
    lookup: startReaderPool({ ...start, count: 1 }),
    list: startReaderPool({ ...start, count: READS_AT_ONCE.list }),
  };
}
