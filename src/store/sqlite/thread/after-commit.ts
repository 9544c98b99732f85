/**
 * Side effects of a group of calls beside its rows. Tallies become one row per app when the group commits.
 * Endpoints to wake and changed endpoints are reported after the commit. A rollback of a call removes its
 * entries.
 */
import {
  addToSums,
  type SumsByApp,
  TALLIES,
  type TallyChange,
  toPendingBytes,
  toTallyRows,
} from "../../maintenance/tallies.ts";
import type { Connection } from "../connection.ts";

export type DueNote = { readonly endpointId: string; readonly shard: number };
export type ChangeNote = DueNote & { readonly version: number };

type Entry =
  | { readonly kind: "tally"; readonly appSeq: number; readonly change: TallyChange }
  | { readonly kind: "due"; readonly note: DueNote }
  | { readonly kind: "changed"; readonly note: ChangeNote };

export type AfterCommit = {
  tally(appSeq: number, change: TallyChange): void;
  due(note: DueNote): void;
  changed(note: ChangeNote): void;
  mark(): number;
  rollback(mark: number): void;
  /** Writes the tallies as the last step before COMMIT. */
  flush(connection: Connection): void;
  /** Returns the notifications for after the commit and the changes per app, and starts again empty. */
  take(): {
    readonly due: readonly DueNote[];
    readonly changed: readonly ChangeNote[];
    readonly pendingBytes: ReadonlyMap<number, number>;
  };
};

export function createAfterCommit(): AfterCommit {
  let notes: Entry[] = [];
  let pendingBytes: ReadonlyMap<number, number> = new Map();
  return {
    tally: (appSeq, change) => notes.push({ kind: "tally", appSeq, change }),
    due: (note) => notes.push({ kind: "due", note }),
    changed: (note) => notes.push({ kind: "changed", note }),
    mark: () => notes.length,
    rollback(mark) {
      notes.length = mark;
    },
    flush(connection) {
      pendingBytes = writeTallies(connection, notes);
    },
    take() {
      const due = new Map<string, DueNote>();
      const changed: ChangeNote[] = [];
      for (const note of notes) {
        if (note.kind === "due") due.set(note.note.endpointId, note.note);
        if (note.kind === "changed") changed.push(note.note);
      }
      notes = [];
      return { due: [...due.values()], changed, pendingBytes };
    },
  };
}

const INSERT_TALLY = `INSERT INTO tally (appSeq, ${TALLIES.join(", ")})
  VALUES (?, ${TALLIES.map(() => "?").join(", ")})`;

/** Returns the change of `pendingBytes` per app. */
function writeTallies({ sql }: Connection, notes: readonly Entry[]): ReadonlyMap<number, number> {
  const sums: SumsByApp = new Map();
  for (const note of notes) if (note.kind === "tally") addToSums(sums, note.appSeq, note.change);
  for (const [appSeq, sum] of toTallyRows(sums)) sql(INSERT_TALLY).run(appSeq, ...sum);
  return toPendingBytes(sums);
}
