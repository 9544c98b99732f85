/** Accepts a publish inside the group's transaction (I1). The caller undoes the writes of a refused one. */
import type { Publish, PublishResult } from "../../interface/accept.ts";
import { decidePublish, type Decided } from "../../accept/publish.ts";
import { toResources, toResult } from "../../accept/publish-result.ts";
import { backlogFullNotes } from "../../accept/operational-events.ts";
import type { LeasedWire } from "../thread/leased-wire.ts";
import { scopeToApp } from "../../idempotency.ts";
import { saveIdempotent } from "./idempotency.ts";
import { notifyOperator } from "./operational-events.ts";
import type { Writer } from "../thread/writer-types.ts";

export type PublishReply = { readonly result: PublishResult; readonly leased: LeasedWire | null };

/** Returns refusals as results. */
export function publish(writer: Writer, p: Publish): PublishReply {
  const { accept } = writer;
  accept.takeMade();
  const decided = decidePublish(accept, p, 0);
  if (decided.kind !== "accepted") return { result: answer(writer, p, decided, 0), leased: null };
  const { events, deliveries, full } = accept.takeMade();
  if (full.length > 0) {
    const { limit } = writer.backlog;
    notifyOperator(writer, backlogFullNotes(full, { limit, now: p.acceptedAt }));
  }
  if (p.idempotencyKey !== null) {
    const key = scopeToApp(p.idempotencyKey, decided.appId);
    saveIdempotent(writer, key, toResources(decided, p.acceptedAt));
  }
  return {
    result: answer(writer, p, decided, full.length),
    leased: deliveries.length === 0 ? null : { events, deliveries },
  };
}

export function isRefused(reply: PublishReply): boolean {
  return reply.result.kind === "refused";
}

function answer({ sql }: Writer, p: Publish, decided: Decided, full: number): PublishResult {
  return toResult(
    decided,
    p,
    {
      toSequence: (seq) => seq,
      findEvent(seq) {
        const row = sql("SELECT id, eventId FROM event WHERE seq = ?").get(seq);
        if (row === undefined) return undefined;
        return { id: row["id"] as string, eventId: row["eventId"] as string | null, sequence: seq };
      },
    },
    full,
  );
}
