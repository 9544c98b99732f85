/**
 * Publishes the results of a commit: to engines and waiters in this process at once, to other nodes by
 * NOTIFY. Notifications are hints; polling is authoritative. Without a connection for LISTEN, nodes only poll
 * more often.
 */
import type { Pool } from "pg";
import type { LeasedListener, LeasedDelivery } from "../../queue/leased-delivery.ts";
import type { ShardStore } from "../../interface/shards.ts";
import { changesFor } from "./change-acknowledgements.ts";
import { toConnection, type Preparing } from "../connection.ts";
import { startListening, type Listening } from "./listen.ts";
import type { Node } from "./node.ts";
import type { ChangeNote, DirectNote, DueNote } from "./after-commit.ts";
import { createNotify, NOTHING, readNotification } from "./notify.ts";

type OwnerListener = Parameters<ShardStore["onChanged"]>[0]["listener"];

export type FanOut = {
  /** Milliseconds that an engine may wait between two polls for due work. */
  readonly pollIntervalMs: number;
  listen(owner: string, onLeased: LeasedListener): void;
  onChanged(owner: string, listener: OwnerListener): void;
  onFreed(owner: string, listener: () => void): void;
  /** Deliveries were forwarded to these shards of an owner in this process. */
  onForwarded(listener: (owner: string, shards: readonly number[]) => void): void;
  isListening(owner: string): boolean;
  /** Owners in this process that hold shards and have no engine: they start no attempts. */
  silentOwners(): readonly string[];
  committed(p: {
    readonly direct: readonly DirectNote[];
    readonly due: readonly DueNote[];
    readonly forwarded: readonly number[];
    readonly changed: readonly ChangeNote[];
  }): void;
  /** An engine has polled for due work; `isChanged` says whether a change is unacknowledged. */
  polled(p: { readonly isChanged: boolean }): void;
  /** An owner in this process has acknowledged a change. */
  acknowledged(): void;
  /** An owner in this process has released shards. */
  freed(): void;
  /** Resolves at the next acknowledgement, or after `waitMs`. */
  acknowledgement(waitMs: number): Promise<void>;
  close(): Promise<void>;
};

const POLL_ALONE_MS = 1_000;
const POLL_LISTENING_MS = 5_000;

export function createFanOut(given: {
  pool: Pool;
  preparing: Preparing;
  /** URL of a separate connection that is not pooled; null when absent. */
  listenUrl: string | null;
  node: () => Pick<Node, "shards">;
}): FanOut {
  const { pool, listenUrl } = given;
  const engines = new Map<string, LeasedListener>();
  const owners = new Map<string, OwnerListener>();
  const waitingForShards = new Map<string, () => void>();
  let notifyForwarded: (owner: string, shards: readonly number[]) => void = () => undefined;
  const pollIntervalMs = listenUrl === null ? POLL_ALONE_MS : POLL_LISTENING_MS;
  let waiters: (() => void)[] = [];
  let listening: Listening | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;
  let polledAt = Number.NEGATIVE_INFINITY;
  const notices = createNotify({
    isOn: listenUrl !== null,
    send: async (text) => {
      await pool.query("SELECT pg_notify('hookline', $1)", [text]);
    },
  });

  function start(): void {
    if (timer !== null || isClosed) return;
    timer = setInterval(() => {
      // An engine that polls for due work learns of changes with the poll.
      if (owners.size > 1 || performance.now() - polledAt > 2 * pollIntervalMs)
        void pollForChanges();
    }, 2 * pollIntervalMs);
    timer.unref();
    if (listenUrl !== null) listening = startListening({ url: listenUrl, onNotification });
  }

  function onNotification(text: string): void {
    const notice = readNotification(text);
    if (notice === null) return;
    if (notice.acknowledged) wakeWaiters();
    if (notice.changed) void pollForChanges();
    if (notice.freed) for (const onFreed of waitingForShards.values()) onFreed();
    notifyDue(notice.due);
    for (const [owner, own] of toOwners(notice.forwarded)) notifyForwarded(owner, own);
  }

  /** The given shards that an owner in this process holds, by owner. */
  function toOwners(forwarded: readonly number[]): ReadonlyMap<string, readonly number[]> {
    const { shards } = given.node();
    const own = forwarded.filter((shard) => shards.holder(shard) !== null);
    return Map.groupBy(own, (shard) => shards.holder(shard)?.owner ?? "");
  }

  /** Notifies owners of all unacknowledged changes; a repeated notification costs an owner nothing. */
  async function pollForChanges(): Promise<void> {
    const mine = [...owners.keys()];
    if (mine.length === 0 || isClosed) return;
    try {
      const client = await pool.connect();
      let isBroken = true;
      try {
        const changes = await changesFor(toConnection(client, given.preparing), mine);
        isBroken = false;
        for (const { owner, endpointId, version } of changes) {
          owners.get(owner)?.({ endpointId, version });
        }
      } finally {
        // A broken connection is closed, so that its next user does not wait for an answer.
        client.release(isBroken);
      }
    } catch {
      // The next poll finds the changes, and a waiter waits no longer than a lease.
    }
  }

  function notifyDue(due: readonly DueNote[]): void {
    const { shards } = given.node();
    const dueByOwner = new Map<string, string[]>();
    for (const { endpointId, shard } of due) {
      const owner = shards.holder(shard)?.owner;
      if (owner === undefined) continue;
      const list = dueByOwner.get(owner);
      if (list === undefined) dueByOwner.set(owner, [endpointId]);
      else list.push(endpointId);
    }
    for (const [owner, endpointIds] of dueByOwner) engines.get(owner)?.([], endpointIds);
  }

  function wakeWaiters(): void {
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  }

  return {
    pollIntervalMs,
    listen(owner, onLeased) {
      engines.set(owner, onLeased);
      start();
    },
    onChanged(owner, listener) {
      owners.set(owner, listener);
      start();
    },
    onFreed(owner, listener) {
      waitingForShards.set(owner, listener);
    },
    onForwarded(listener) {
      notifyForwarded = listener;
    },
    isListening: (owner) => engines.has(owner),
    silentOwners: () =>
      given
        .node()
        .shards.owners()
        .filter((owner) => !owners.has(owner)),
    committed({ direct, due, forwarded, changed }) {
      const { shards } = given.node();
      const byOwner = new Map<string, LeasedDelivery[]>();
      for (const { owner, delivery } of direct) {
        const list = byOwner.get(owner);
        if (list === undefined) byOwner.set(owner, [delivery]);
        else list.push(delivery);
      }
      for (const [owner, deliveries] of byOwner) engines.get(owner)?.(deliveries, []);
      notifyDue(due);
      for (const { endpointId, version, shard } of changed) {
        const owner = shards.holder(shard)?.owner;
        if (owner !== undefined) owners.get(owner)?.({ endpointId, version });
      }
      notices.send({
        ...NOTHING,
        due: due.filter(({ shard }) => shards.holder(shard) === null),
        forwarded,
        changed: changed.some(({ shard }) => shards.holder(shard) === null),
      });
    },
    polled({ isChanged }) {
      polledAt = performance.now();
      if (isChanged) void pollForChanges();
    },
    acknowledged() {
      wakeWaiters();
      notices.send({ ...NOTHING, acknowledged: true });
    },
    freed() {
      notices.send({ ...NOTHING, freed: true });
    },
    async acknowledgement(waitMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiters.push(resolve);
      const timeout = setTimeout(resolve, waitMs);
      await promise;
      clearTimeout(timeout);
    },
    async close() {
      isClosed = true;
      if (timer !== null) clearInterval(timer);
      wakeWaiters();
      await notices.close();
      await listening?.close();
    },
  };
}
