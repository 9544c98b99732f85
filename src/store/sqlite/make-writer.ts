/** Opens the file for writing and puts together what the functions of `writes.ts` are given. */
import { createBacklog } from "./backlog.ts";
import { openConnection, MEMORY } from "./connection.ts";
import { createDrawing } from "./draw.ts";
import { refuseDamagedLog, refuseLogWithoutStore } from "./inspect-log.ts";
import { lockFile } from "./lock.ts";
import { migrate } from "./migrations.ts";
import { takeForWriting } from "./moved-store.ts";
import { createNotes } from "./notes.ts";
import { rememberFiles, type OpenFiles } from "./open-files.ts";
import { createOwedBytes } from "./owed-bytes.ts";
import { createRegisterCache } from "./register-cache.ts";
import { createSequences } from "./sequences.ts";
import { clearOwners } from "./shards.ts";
import type { WriterStart } from "./thread-messages.ts";
import { createTold } from "../told.ts";
import { createWindows } from "./windows.ts";
import { createWriterState } from "./writer-state.ts";
import type { Writer } from "./writer-types.ts";

export type OpenWriter = {
  readonly writer: Writer;
  /** Null for a store in memory. */
  readonly files: OpenFiles | null;
  /** Owners that take what accept leases; the caller keeps it up to date. */
  readonly listening: Set<string>;
  setLeaseNow(ms: number): void;
  close(): void;
};

/** Throws `store_unavailable` when the file is another's, not durable, or of a newer schema. */
export function openWriter(start: Omit<WriterStart, "failpoint">): OpenWriter {
  const lock = start.path === MEMORY ? null : lockFile(start.path);
  try {
    if (start.path !== MEMORY) {
      refuseLogWithoutStore(start.path);
      refuseDamagedLog(start.path);
    }
    const connection = openConnection({ path: start.path, readOnly: false });
    migrate(connection);
    takeForWriting(connection);
    clearOwners(connection);
    const notes = createNotes();
    const listening = new Set<string>();
    let leaseNow = 0;
    const writer: Writer = {
      ...connection,
      state: createWriterState(connection),
      sequences: createSequences(connection),
      windows: createWindows(connection),
      registers: createRegisterCache(),
      backlog: createBacklog(connection, start.backlogLimit),
      owedBytes: createOwedBytes(connection, start.owedBytesLimit),
      drawing: createDrawing(connection),
      told: createTold(),
      notes,
      noteChanged: notes.changed,
      noteDue: notes.due,
      decideSettings: start.decide,
      leaseRoom: start.leaseRoom,
      listening,
      leaseNow: () => leaseNow,
    };
    return {
      writer,
      files: start.path === MEMORY ? null : rememberFiles(start.path),
      listening,
      setLeaseNow(ms) {
        leaseNow = ms;
      },
      close() {
        writer.drawing.keep();
        connection.db.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}
