/** The results of a group's publishes, once its events have their feed positions. */
import { AppError } from "../../../core/error.ts";
import type { AcceptedEvent, Publish, PublishResult } from "../../interface/accept.ts";
import { readMark } from "../../accept/idempotency-marks.ts";
import type { Decided } from "./accept-decided.ts";
import type { Delivered } from "./deliver.ts";
import type { Tx } from "../types.ts";

export async function acceptReplies(
  tx: Tx,
  publishes: readonly Publish[],
  decided: readonly Decided[],
  written: Delivered & { readonly firstPosition: number },
): Promise<readonly PublishResult[]> {
  const repeats = await readRepeated(tx, decided);
  return decided.map((one, index) =>
    toResult(one, {
      publish: publishes[index] as Publish,
      firstPosition: written.firstPosition,
      backlogFull: written.full.get(index)?.length ?? 0,
      repeats,
    }),
  );
}

type Repeats = ReadonlyMap<number, Pick<AcceptedEvent, "id" | "eventId"> & { position: number }>;

function toResult(
  decided: Decided,
  given: { publish: Publish; firstPosition: number; backlogFull: number; repeats: Repeats },
): PublishResult {
  if (decided.kind === "refused") return decided;
  if (decided.kind === "repeated") return repeatedResult(decided.resources, given.repeats);
  const { backlogFull, firstPosition, publish } = given;
  return {
    kind: "accepted",
    appId: decided.appId,
    events: decided.events.map(({ seq: _row, position, place, ...event }) => ({
      ...event,
      sequence: position ?? firstPosition + (place ?? 0),
    })),
    repeated: false,
    acceptedAt: publish.acceptedAt,
    ...(backlogFull === 0 ? undefined : { backlogFull }),
  };
}

function repeatedResult(resources: readonly string[], repeats: Repeats): PublishResult {
  const [appId, acceptedAt, ...marks] = resources;
  if (appId === undefined)
    throw new AppError("internal", "The idempotency key has no stored resources.");
  const events = marks.map((mark): AcceptedEvent => {
    const { seq, duplicate, deliveries } = readMark(mark);
    const row = repeats.get(seq);
    return {
      id: row?.id as string,
      eventId: row?.eventId ?? null,
      sequence: row?.position ?? 0,
      duplicate,
      deliveries,
      undelivered: null,
    };
  });
  return { kind: "accepted", appId, events, repeated: true, acceptedAt: Number(acceptedAt) };
}

async function readRepeated(tx: Tx, decided: readonly Decided[]): Promise<Repeats> {
  const seqs = decided.flatMap((one) =>
    one.kind === "repeated" ? one.resources.slice(2).map((mark) => readMark(mark).seq) : [],
  );
  if (seqs.length === 0) return new Map();
  const rows = await tx.sql<{
    seq: number;
    id: string;
    eventId: string | null;
    position: number;
  }>("SELECT seq, id, event_id, position FROM event WHERE seq = ANY ($1::bigint[])", [seqs]);
  return new Map(rows.map((row) => [row.seq, row]));
}
