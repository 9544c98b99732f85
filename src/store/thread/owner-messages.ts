/** Messages between the main thread, which has the store, and the engine of a sender thread. */
import type { WriterPort } from "../sqlite/thread/writer-port.ts";
import type { Store } from "../store.ts";
import type { OwnerLeased } from "./owner-leased.ts";
import type { AnswerWire } from "./pending-calls.ts";

/** Calls of the store that an engine makes for the shards that it owns. No others are answered. */
export const OWNER_CALLS = [
  "queue.dueEndpoints",
  "queue.claim",
  "queue.record",
  "queue.release",
  "queue.expireBehindBreaker",
  "shards.hold",
  "shards.release",
  "shards.owners",
  "shards.recover",
  "shards.acknowledge",
  "endpoints.forSending",
  "endpoints.update",
  "series.append",
] as const;

export type OwnerCall = { readonly id: number; readonly name: string; readonly p: unknown };

/** The answer to a claim that passes through the main thread. */
export type ClaimedWire = { readonly leased: OwnerLeased; readonly more: readonly string[] };

export type OwnerReply =
  | { readonly kind: "answers"; readonly answers: readonly AnswerWire[] }
  | {
      readonly kind: "leased";
      readonly leased: OwnerLeased;
      readonly due: readonly string[];
    }
  | { readonly kind: "changed"; readonly endpointId: string; readonly version: number }
  | { readonly kind: "freed" };

/** How the thread of an owner reaches the store. */
export type OwnerAccess = {
  readonly storeKind: Store["kind"];
  readonly pollIntervalMs: number;
  /** Null where all calls pass through the main thread. */
  readonly writer: WriterPort | null;
};

export function openOwnerAccess(
  store: Pick<Store, "kind" | "queue" | "openWriterPort">,
): OwnerAccess {
  return {
    storeKind: store.kind,
    pollIntervalMs: store.queue.pollIntervalMs(),
    writer: store.openWriterPort(),
  };
}
