/**
 * Effects of a transaction besides its rows. Tallies become one row per app right before COMMIT. The rest
 * concerns only this node, and applies once the commit is known: deliveries for its engine, endpoints whose
 * owner is woken, changed endpoints, and changes of the leased and pending counts.
 */
import type { LeasedEndpoint } from "../../queue/leased-counts.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import {
  addToSums,
  type SumsByApp,
  TALLIES,
  TALLY_COLUMNS,
  type TallyChange,
  toPendingBytes,
  toTallyRows,
} from "../../maintenance/tallies.ts";
import type { Connection } from "../connection.ts";

export type DueNote = { readonly endpointId: string; readonly shard: number };
export type ChangeNote = DueNote & { readonly version: number };
/** Deliveries that became leased, when `bytes` is set, or that stopped being leased. */
export type LeaseNote = { readonly fence: number; readonly count: number } & (
  | { readonly endpoint: LeasedEndpoint; readonly bytes: number }
  | { readonly endpointSeq: number }
);
/** A delivery leased to an owner in this process, for its engine. */
export type DirectNote = { readonly owner: string; readonly delivery: LeasedDelivery };
export type PendingNote = { readonly endpointSeq: number; readonly count: number };

export type AfterCommit = {
  tally(appSeq: number, change: TallyChange): void;
  /** The transaction changes endpoints of the app. */
  endpointsChanged(appSeq: number): void;
  changesEndpointsOf(appSeq: number): boolean;
  due(note: DueNote): void;
  /** A delivery was forwarded to the owner of this shard. */
  forwarded(shard: number): void;
  direct(note: DirectNote): void;
  changed(note: ChangeNote): void;
  leased(note: LeaseNote): void;
  /** Deliveries that became (+) or stopped being (-) pending. */
  pending(note: PendingNote): void;
  /** The number of the endpoint's deliveries that this transaction has made pending so far. */
  pendingBy(endpointSeq: number): number;
  /** Writes the tallies; the last statement before COMMIT. */
  flush(connection: Connection): Promise<void>;
  /** Returns the remaining effects; called after COMMIT. */
  take(): {
    readonly due: readonly DueNote[];
    readonly forwarded: readonly number[];
    readonly direct: readonly DirectNote[];
    readonly changed: readonly ChangeNote[];
    readonly leased: readonly LeaseNote[];
    readonly pending: readonly PendingNote[];
    /** By app. */
    readonly pendingBytes: ReadonlyMap<number, number>;
  };
};

const INSERT_TALLIES = `INSERT INTO tally (app_seq, ${TALLY_COLUMNS.join(", ")})
  SELECT * FROM unnest($1::bigint[], ${TALLIES.map((_, i) => `$${i + 2}::bigint[]`).join(", ")})`;

export function createAfterCommit(): AfterCommit {
  const sums: SumsByApp = new Map();
  const due = new Map<string, DueNote>();
  const forwarded = new Set<number>();
  const direct: DirectNote[] = [];
  const changed: ChangeNote[] = [];
  const leased: LeaseNote[] = [];
  const pending: PendingNote[] = [];
  const changedApps = new Set<number>();
  return {
    tally: (appSeq, change) => addToSums(sums, appSeq, change),
    endpointsChanged: (appSeq) => changedApps.add(appSeq),
    changesEndpointsOf: (appSeq) => changedApps.has(appSeq),
    due: (note) => due.set(note.endpointId, note),
    forwarded: (shard) => forwarded.add(shard),
    direct: (note) => direct.push(note),
    changed: (note) => changed.push(note),
    leased: (note) => leased.push(note),
    pending: (note) => pending.push(note),
    pendingBy: (endpointSeq) =>
      pending.reduce((sum, note) => sum + (note.endpointSeq === endpointSeq ? note.count : 0), 0),
    async flush(connection) {
      const rows = toTallyRows(sums);
      if (rows.length === 0) return;
      const columns = TALLIES.map((_, i) => rows.map(([, sum]) => sum[i]));
      await connection.run(INSERT_TALLIES, [rows.map(([appSeq]) => appSeq), ...columns]);
    },
    take: () => ({
      due: [...due.values()],
      forwarded: [...forwarded],
      direct,
      changed,
      leased,
      pending,
      pendingBytes: toPendingBytes(sums),
    }),
  };
}
