/** The results of a group's publishes, once its events have their feed positions. */
import type { Publish, PublishResult } from "../../interface/accept.ts";
import type { Decided } from "../../accept/publish.ts";
import { repeatedSeqs, toResult } from "../../accept/publish-result.ts";
import type { Batch } from "./accept-batch-types.ts";
import type { Delivered } from "./deliver.ts";
import type { Tx } from "../types.ts";

export async function toResults(
  tx: Tx,
  p: {
    readonly publishes: readonly Publish[];
    readonly decided: readonly Decided[];
    readonly batch: Batch;
    readonly written: Delivered & { readonly firstPosition: number };
  },
): Promise<readonly PublishResult[]> {
  const { batch, written } = p;
  const repeats = await loadEvents(tx, repeatedSeqs(p.decided));
  const places = new Map(batch.events.items.map(({ seq }, place) => [seq, place]));
  const answers = {
    toSequence(seq: number): number {
      const place = places.get(seq);
      return place === undefined
        ? (batch.named.get(seq)?.position ?? 0)
        : written.firstPosition + place;
    },
    findEvent: (seq: number) => repeats.get(seq),
  };
  return p.decided.map((one, index) => {
    const full = written.full.get(index)?.length ?? 0;
    return toResult(one, p.publishes[index] as Publish, answers, full);
  });
}

type EventRow = {
  readonly seq: number;
  readonly id: string;
  readonly eventId: string | null;
  readonly sequence: number;
};

async function loadEvents(tx: Tx, seqs: readonly number[]): Promise<ReadonlyMap<number, EventRow>> {
  if (seqs.length === 0) return new Map();
  const rows = await tx.sql<EventRow>(
    `SELECT seq, id, event_id, position AS sequence FROM event WHERE seq = ANY ($1::bigint[])`,
    [seqs],
  );
  return new Map(rows.map((row) => [row.seq, row]));
}
