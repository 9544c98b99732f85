/**
 * The store as the engine of a sender thread sees it. On SQLite, claims and outcomes go to the writer by a port of the
 * thread. All other calls pass through the main thread, which keeps the leases and the awaited changes of the node.
 */
import { batchDelayMs } from "../postgres/cluster/batch-delay.ts";
import { connectToWriter, toLeased } from "../sqlite/thread/writer-port.ts";
import type { LeasedWire } from "../sqlite/thread/leased-wire.ts";
import type { Store } from "../store.ts";
import { createBatch } from "./batch.ts";
import { type OwnerLeased, readOwnerLeased } from "./owner-leased.ts";
import {
  type ClaimedWire,
  OWNER_CALLS,
  type OwnerAccess,
  type OwnerCall,
  type OwnerReply,
} from "./owner-messages.ts";
import { createPendingCalls } from "./pending-calls.ts";

type Called = Pick<Store, "queue" | "shards" | "endpoints" | "series">;
type Method = (p: unknown) => Promise<unknown>;
type ClaimedByWriter = { readonly leased: LeasedWire; readonly more: readonly string[] };

export type OwnerStore = {
  readonly queue: Called["queue"];
  readonly shards: Called["shards"];
  readonly endpoints: Pick<Called["endpoints"], "forSending" | "update">;
  readonly series: Pick<Called["series"], "append">;
  /** Takes a message of the main thread. */
  receive(reply: OwnerReply): void;
};

/** The writer of SQLite runs these; the others need the state of the main thread, or a reader. */
const OF_WRITER: ReadonlySet<string> = new Set([
  "queue.dueEndpoints",
  "queue.claim",
  "queue.record",
  "queue.release",
  "queue.expireBehindBreaker",
  "series.append",
]);

export function createOwnerStore(
  { storeKind, pollIntervalMs, writer }: OwnerAccess,
  post: (calls: readonly OwnerCall[]) => void,
): OwnerStore {
  const pending = createPendingCalls();
  const calls = createBatch(post);
  const connection = writer === null ? null : connectToWriter(writer);
  let onLeased: Parameters<Called["queue"]["listen"]>[0]["onLeased"] = () => undefined;
  let onChanged: Parameters<Called["shards"]["onChanged"]>[0]["listener"] = () => undefined;
  let onFreed = (): void => undefined;

  function callMain(name: string, p: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      calls.add({ id: pending.add({ p, isPublish: false, resolve, reject }), name, p });
    });
  }

  function toMethod(name: string): Method {
    const direct = OF_WRITER.has(name) ? connection : null;
    const call = direct === null ? callMain : direct.call;
    if (name !== "queue.claim") return (p) => call(name, p);
    return async (p) => {
      const { leased, more } = (await call(name, p)) as ClaimedByWriter | ClaimedWire;
      const isWritten = direct === null;
      return {
        leased: isWritten ? readOwnerLeased(leased as OwnerLeased) : toLeased(leased as LeasedWire),
        more,
      };
    };
  }

  function noun(name: keyof Called): Record<string, Method> {
    const names = OWNER_CALLS.filter((call) => call.startsWith(`${name}.`));
    return Object.fromEntries(names.map((call) => [call.slice(name.length + 1), toMethod(call)]));
  }

  return {
    queue: {
      ...noun("queue"),
      pollIntervalMs: () => pollIntervalMs,
      batchDelayMs: ({ tookMs }: { tookMs: number }) =>
        storeKind === "sqlite" ? 0 : batchDelayMs(tookMs),
      listen(p: Parameters<Called["queue"]["listen"]>[0]) {
        onLeased = p.onLeased;
        connection?.listen(p.owner, p.onLeased);
      },
    } as unknown as Called["queue"],
    shards: {
      ...noun("shards"),
      onChanged(p: Parameters<Called["shards"]["onChanged"]>[0]) {
        onChanged = p.listener;
      },
      onFreed(p: Parameters<Called["shards"]["onFreed"]>[0]) {
        onFreed = p.listener;
      },
    } as unknown as Called["shards"],
    endpoints: noun("endpoints") as unknown as OwnerStore["endpoints"],
    series: noun("series") as unknown as OwnerStore["series"],
    receive(reply) {
      switch (reply.kind) {
        case "answers":
          for (const answer of reply.answers) pending.settle(answer);
          return;
        case "leased":
          return onLeased(readOwnerLeased(reply.leased), reply.due);
        case "changed":
          return onChanged(reply);
        case "freed":
          return onFreed();
      }
    },
  };
}
