/**
 * Publishes the results of a commit: to engines and waiters in this process at once, to other nodes by
 * NOTIFY. Notifications are hints; polling is authoritative. Without a connection for LISTEN, nodes only poll
 * more often.
 */
import type { Pool } from "pg";
import { toConnection, type Preparing } from "../connection.ts";
import type { ChangeNote, DirectNote, DueNote } from "./after-commit.ts";
import {
  createAcknowledgementWaiters,
  type AcknowledgementWaiters,
} from "../../queue/acknowledgement-waiters.ts";
import { changesFor } from "./change-acknowledgements.ts";
import { createLiveChannel, type LiveChannel } from "./live-channel.ts";
import { startListening, type Listening } from "./listen.ts";
import { createLocalListeners, type LocalListeners } from "./local-listeners.ts";
import type { Node } from "./node.ts";
import { createNotify, NOTHING, readNotification } from "./notify.ts";

export type FanOut = Pick<
  LocalListeners,
  "listen" | "onChanged" | "onFreed" | "onForwarded" | "isListening" | "silentOwners"
> & {
  /** Milliseconds that an engine may wait between two polls for due work. */
  readonly pollIntervalMs: number;
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
  /** Calls that wait for an acknowledgement. */
  readonly waiters: Pick<AcknowledgementWaiters, "until">;
  /** The channel of the live stream. Without a connection for LISTEN it is not heard. */
  readonly live: LiveChannel;
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
  const local = createLocalListeners(() => given.node().shards);
  const waiters = createAcknowledgementWaiters();
  const live = createLiveChannel({ pool, isHeard: listenUrl !== null, start });
  const pollIntervalMs = listenUrl === null ? POLL_ALONE_MS : POLL_LISTENING_MS;
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
      if (local.owners().length > 1 || performance.now() - polledAt > 2 * pollIntervalMs)
        void pollForChanges();
    }, 2 * pollIntervalMs);
    timer.unref();
    if (listenUrl !== null)
      listening = startListening({
        url: listenUrl,
        onNotification,
        onLive: live.received,
      });
  }

  function onNotification(text: string): void {
    const notice = readNotification(text);
    if (notice === null) return;
    if (notice.acknowledged) waiters.wake();
    if (notice.changed) void pollForChanges();
    if (notice.freed) local.notifyFreed();
    local.notifyDue(notice.due);
    local.notifyForwarded(notice.forwarded);
  }

  /** Notifies owners of all unacknowledged changes; a repeated notification costs an owner nothing. */
  async function pollForChanges(): Promise<void> {
    const mine = local.owners();
    if (mine.length === 0 || isClosed) return;
    try {
      const client = await pool.connect();
      let isBroken = true;
      try {
        const changes = await changesFor(toConnection(client, given.preparing), mine);
        isBroken = false;
        for (const change of changes) local.notifyChanged(change.owner, change);
      } finally {
        // A broken connection is closed, so that its next user does not wait for an answer.
        client.release(isBroken);
      }
    } catch {
      // The next poll finds the changes, and a waiter waits no longer than a lease.
    }
  }

  return {
    ...local,
    pollIntervalMs,
    listen(owner, onLeased) {
      local.listen(owner, onLeased);
      start();
    },
    onChanged(owner, listener) {
      local.onChanged(owner, listener);
      start();
    },
    committed({ direct, due, forwarded, changed }) {
      const { shards } = given.node();
      local.notifyLeased(direct);
      local.notifyDue(due);
      for (const change of changed) {
        const owner = shards.holder(change.shard)?.owner;
        if (owner !== undefined) local.notifyChanged(owner, change);
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
      waiters.wake();
      notices.send({ ...NOTHING, acknowledged: true });
    },
    freed() {
      notices.send({ ...NOTHING, freed: true });
    },
    waiters,
    live,
    async close() {
      isClosed = true;
      if (timer !== null) clearInterval(timer);
      waiters.wake();
      await notices.close();
      await listening?.close();
    },
  };
}
