/**
 * Effects of a transaction besides its rows. Tallies become one row per app right before COMMIT. The rest
 * concerns only this node, and applies once the commit is known: deliveries for its engine, endpoints whose
 * owner is woken, changed endpoints, and changes of the leased and pending counts.
 */
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import type { Connection } from "../connection.ts";

export type TallyChange = {
  readonly created?: number;
  readonly delivered?: number;
  readonly failed?: number;
  readonly cancelled?: number;
  readonly purgedDelivered?: number;
  readonly purgedFailed?: number;
  readonly purgedCancelled?: number;
  /** Payload bytes of deliveries that became (+) or stopped being (-) pending. */
  readonly pendingBytes?: number;
};
export type DueNote = { readonly endpointId: string; readonly shard: number };
export type ChangeNote = DueNote & { readonly version: number };
export type LeaseNote = {
  readonly endpointSeq: number;
  readonly fence: number;
  readonly count: number;
};
/** A delivery leased to an owner in this process, for its engine. */
export type DirectNote = { readonly owner: string; readonly delivery: LeasedDelivery };
export type PendingNote = { readonly endpointSeq: number; readonly count: number };

export type AfterCommit = {
  tally(appSeq: number, change: TallyChange): void;
  due(note: DueNote): void;
  /** A delivery was forwarded to the owner of this shard. */
  forwarded(shard: number): void;
  direct(note: DirectNote): void;
  changed(note: ChangeNote): void;
  /** Deliveries that became (+) or stopped being (-) leased under the fence. */
  leased(note: LeaseNote): void;
  /** Deliveries that became (+) or stopped being (-) pending. */
  pending(note: PendingNote): void;
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

const NAMES = [
  "created",
  "delivered",
  "failed",
  "cancelled",
  "purgedDelivered",
  "purgedFailed",
  "purgedCancelled",
  "pendingBytes",
] as const satisfies (keyof TallyChange)[];
const INSERT_TALLIES = `INSERT INTO tally (app_seq, created, delivered, failed, cancelled,
  purged_delivered, purged_failed, purged_cancelled, pending_bytes)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
    $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])`;

export function createAfterCommit(): AfterCommit {
  const sums = new Map<number, number[]>();
  const due = new Map<string, DueNote>();
  const forwarded = new Set<number>();
  const direct: DirectNote[] = [];
  const changed: ChangeNote[] = [];
  const leased: LeaseNote[] = [];
  const pending: PendingNote[] = [];
  return {
    tally(appSeq, change) {
      let sum = sums.get(appSeq);
      if (sum === undefined) sums.set(appSeq, (sum = NAMES.map(() => 0)));
      for (const [i, name] of NAMES.entries()) sum[i] = (sum[i] as number) + (change[name] ?? 0);
    },
    due: (note) => due.set(note.endpointId, note),
    forwarded: (shard) => forwarded.add(shard),
    direct: (note) => direct.push(note),
    changed: (note) => changed.push(note),
    leased: (note) => leased.push(note),
    pending: (note) => pending.push(note),
    async flush(connection) {
      const rows = [...sums].filter(([, sum]) => sum.some((by) => by !== 0));
      if (rows.length === 0) return;
      const columns = NAMES.map((_, i) => rows.map(([, sum]) => sum[i]));
      await connection.run(INSERT_TALLIES, [rows.map(([appSeq]) => appSeq), ...columns]);
    },
    take: () => ({
      due: [...due.values()],
      forwarded: [...forwarded],
      direct,
      changed,
      leased,
      pending,
      pendingBytes: new Map(
        [...sums].map(([appSeq, sum]) => [appSeq, sum[NAMES.indexOf("pendingBytes")] as number]),
      ),
    }),
  };
}
