/**
 * A sender thread's side of the writer. Its calls go to the writer without the main thread, and the deliveries that
 * are leased to its owner come straight from there. Answers arrive after the deliveries of their commit.
 */
import type { MessagePort } from "node:worker_threads";
import type { LeasedDelivery, LeasedListener } from "../../queue/leased-delivery.ts";
import { createBatch } from "../../thread/batch.ts";
import { createPendingCalls } from "../../thread/pending-calls.ts";
import { closedStore } from "../../refusals.ts";
import { toCallWire } from "./call-wire.ts";
import type { Call } from "./group-commit.ts";
import { type LeasedWire, readLeased } from "./leased-wire.ts";
import type { WriterReply, WriterRequest } from "./thread-messages.ts";
import { CALLS_PER_CLIENT } from "./writer-clients.ts";

export type WriterPort = { readonly port: MessagePort; readonly client: number };

export type WriterConnection = {
  call(name: string, p: unknown): Promise<unknown>;
  /** Leased deliveries of the thread's only owner. */
  listen(owner: string, onLeased: LeasedListener): void;
};

export function connectToWriter({ port, client }: WriterPort): WriterConnection {
  const pending = createPendingCalls(client * CALLS_PER_CLIENT);
  const calls = createBatch<Call>((items) => post({ calls: items.map(toCallWire) }));
  let onLeased: LeasedListener = () => undefined;
  let isClosed = false;

  function post(request: WriterRequest): void {
    port.postMessage(request);
  }

  port.on("message", (reply: WriterReply) => {
    if (reply.kind !== "group") return;
    const leased = (reply.leased ?? []).flatMap(toLeased);
    const due = reply.due.flatMap(([, endpointIds]) => endpointIds);
    if (leased.length > 0 || due.length > 0) onLeased(leased, due);
    for (const answer of reply.answers) pending.settle(answer);
  });
  port.on("close", () => {
    isClosed = true;
    pending.rejectAll(closedStore());
  });

  return {
    async call(name, p) {
      if (isClosed) throw closedStore();
      return await new Promise((resolve, reject) => {
        const id = pending.add({ p, isPublish: false, resolve, reject });
        calls.add({ id, name, p });
      });
    },
    listen(owner, listener) {
      onLeased = listener;
      post({ calls: [], listening: [owner] });
    },
  };
}

export function toLeased(wire: LeasedWire): readonly LeasedDelivery[] {
  const leased: LeasedDelivery[] = [];
  readLeased(wire, [], (_owner, delivery) => leased.push(delivery));
  return leased;
}
