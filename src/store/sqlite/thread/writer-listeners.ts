/** Passes the effects of a group of calls to the engines in this process, before the calls resolve. */
import type { Publish } from "../../interface/accept.ts";
import type { LeasedDelivery, LeasedListener } from "../../queue/leased-delivery.ts";
import type { PublishReply } from "../accept/accept.ts";
import type { ChangeNote } from "./after-commit.ts";
import { readLeased } from "./leased-wire.ts";
import type { PendingCalls } from "../../thread/pending-calls.ts";
import type { WriterReply } from "./thread-messages.ts";

type GroupReply = Extract<WriterReply, { kind: "group" }>;

export type WriterListeners = {
  /** Adds the engine of an owner; returns the owners of all engines. */
  listen(owner: string, onLeased: LeasedListener): readonly string[];
  onChanged(listener: (change: ChangeNote) => void): void;
  notify(reply: GroupReply, pending: PendingCalls): void;
};

export function createWriterListeners(): WriterListeners {
  const engines = new Map<string, LeasedListener>();
  const changeListeners: ((change: ChangeNote) => void)[] = [];

  return {
    listen(owner, onLeased) {
      engines.set(owner, onLeased);
      return [...engines.keys()];
    },
    onChanged(listener) {
      changeListeners.push(listener);
    },
    notify(reply, pending) {
      for (const change of reply.changed) for (const listener of changeListeners) listener(change);
      const leased = readLeasedByOwner(reply, pending);
      const dueByOwner = new Map(reply.due);
      for (const [owner, engine] of engines) {
        const mine = leased.get(owner) ?? [];
        const endpoints = dueByOwner.get(owner) ?? [];
        if (mine.length > 0 || endpoints.length > 0) engine(mine, endpoints);
      }
    },
  };
}

function readLeasedByOwner(
  { answers }: GroupReply,
  pending: PendingCalls,
): ReadonlyMap<string, readonly LeasedDelivery[]> {
  const leased = new Map<string, LeasedDelivery[]>();
  for (const [id, ok, value] of answers) {
    const call = pending.get(id);
    if (!ok || call === undefined) continue;
    const wire = (value as Partial<PublishReply> | null)?.leased;
    if (!call.isPublish || wire === null || wire === undefined) continue;
    readLeased(wire, (call.p as Publish).events, (owner, delivery) => {
      const list = leased.get(owner);
      if (list === undefined) leased.set(owner, [delivery]);
      else list.push(delivery);
    });
  }
  return leased;
}
