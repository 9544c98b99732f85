/** Opens the file for writing and creates the parameters of the functions in `writes.ts`. */
import { createBacklog } from "../queue/backlog.ts";
import { openConnection, MEMORY } from "../connection.ts";
import { createAcceptState } from "../accept/accept-state.ts";
import { createIdGenerator } from "../accept/id-generator.ts";
import { createCheckpoints } from "../file/checkpoint.ts";
import { refuseDamagedLog, refuseLogWithoutStore } from "../file/inspect-log.ts";
import { lockFile } from "../file/lock.ts";
import { migrate } from "../migrations.ts";
import { takeForWriting } from "../file/moved-store.ts";
import { createAfterCommit } from "./after-commit.ts";
import { rememberFiles, type OpenFiles } from "../file/open-files.ts";
import { createPendingBytes } from "../accept/pending-bytes.ts";
import { createRegisterCache } from "../accept/register-cache.ts";
import { writeSession } from "../write-session.ts";
import { createSequences } from "../accept/sequences.ts";
import { clearOwners } from "../queue/shards.ts";
import type { WriterStart } from "./thread-messages.ts";
import { createOperationalEventLimiter } from "../../accept/operational-event-limiter.ts";
import { createWindows } from "../accept/dedupe-windows.ts";
import { createWriterState } from "./writer-state.ts";
import type { Writer } from "./writer-types.ts";

export type OpenWriter = {
  readonly writer: Writer;
  /** Null for a store in memory. */
  readonly files: OpenFiles | null;
  /** Owners that take deliveries leased by accept; the caller keeps the set up to date. */
  readonly listening: Set<string>;
  setLeaseNow(ms: number): void;
  /** `isAwaited` says whether a publish waits for the open transaction. */
  setAwaited(isAwaited: () => boolean): void;
  /** A sender thread has joined. */
  setShared(): void;
  close(): void;
};

/**
 * Throws `store_unavailable` when the file belongs to another program, is not durable, or has a newer schema.
 */
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
    const afterCommit = createAfterCommit();
    const listening = new Set<string>();
    let leaseNow = 0;
    let isShared = false;
    let isAwaited = (): boolean => false;
    const writer: Writer = {
      session: writeSession(connection, () => writer),
      accept: createAcceptState(() => writer),
      ...connection,
      state: createWriterState(connection),
      sequences: createSequences(connection),
      checkpoints: createCheckpoints(connection, start.path),
      windows: createWindows(connection),
      registers: createRegisterCache(),
      backlog: createBacklog(connection, start.limits.pendingDeliveries),
      pendingBytes: createPendingBytes(connection),
      idGenerator: createIdGenerator(connection),
      operationalEvents: createOperationalEventLimiter(),
      afterCommit,
      noteChanged: afterCommit.changed,
      noteDue: afterCommit.due,
      limits: start.limits,
      decideSettings: start.decide,
      leaseRoom: start.leaseRoom,
      listening,
      isShared: () => isShared,
      isAwaited: () => isAwaited(),
      leaseNow: () => leaseNow,
    };
    return {
      writer,
      files: start.path === MEMORY ? null : rememberFiles(start.path),
      listening,
      setLeaseNow(ms) {
        leaseNow = ms;
      },
      setAwaited(asked) {
        isAwaited = asked;
      },
      setShared() {
        isShared = true;
      },
      close() {
        writer.idGenerator.keep();
        writer.checkpoints.close();
        connection.db.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}
