/** The main thread's side of an owner whose engine is on another thread: runs its calls and passes notifications on. */
import type { Store } from "../store.ts";
import { createBatch } from "./batch.ts";
import { writeOwnerLeased } from "./owner-leased.ts";
import {
  type ClaimedWire,
  OWNER_CALLS,
  type OwnerCall,
  type OwnerReply,
} from "./owner-messages.ts";
import type { AnswerWire } from "./pending-calls.ts";
import { writeError } from "./thread-errors.ts";

type Served = Pick<Store, "queue" | "shards" | "endpoints" | "series">;
type ClaimParams = Parameters<Served["queue"]["claim"]>[0];
type Method = (p: unknown) => Promise<unknown>;

const SERVED: ReadonlySet<string> = new Set(OWNER_CALLS);

/** Returns the function that takes the owner's calls. `hasWriter`: leased deliveries reach it by its writer port. */
export function serveOwner(
  store: Served,
  given: { owner: string; hasWriter: boolean; post: (reply: OwnerReply) => void },
): (calls: readonly OwnerCall[]) => void {
  const { owner, post } = given;
  const answers = createBatch<AnswerWire>((items) => post({ kind: "answers", answers: items }));
  if (!given.hasWriter) {
    store.queue.listen({
      owner,
      onLeased: (leased, due) => post({ kind: "leased", leased: writeOwnerLeased(leased), due }),
    });
  }
  store.shards.onChanged({ owner, listener: (changed) => post({ kind: "changed", ...changed }) });
  store.shards.onFreed({ owner, listener: () => post({ kind: "freed" }) });

  async function run({ id, name, p }: OwnerCall): Promise<void> {
    try {
      answers.add([id, true, await callStore(store, name, p)]);
    } catch (error) {
      answers.add([id, false, writeError(error)]);
    }
  }

  return (calls) => {
    for (const call of calls) void run(call);
  };
}

async function callStore(store: Served, name: string, p: unknown): Promise<unknown> {
  if (!SERVED.has(name)) throw new TypeError(`an owner has no call ${name}`);
  if (name === "queue.claim") {
    const { leased, more } = await store.queue.claim(p as ClaimParams);
    return { leased: writeOwnerLeased(leased), more } satisfies ClaimedWire;
  }
  const [noun, method] = name.split(".") as [keyof Served, string];
  return await (store[noun] as unknown as Record<string, Method>)[method]?.(p);
}
