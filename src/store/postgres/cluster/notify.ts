/**
 * Notifications between nodes: endpoints with due work, shards with forwarded deliveries, a changed endpoint,
 * an acknowledged change. They are gathered under load. They are sent outside any transaction, because NOTIFY
 * makes the commits of all its transactions wait for each other.
 */
import type { DueNote } from "./after-commit.ts";

export type Notification = {
  readonly due: readonly DueNote[];
  /** Shards to which deliveries were forwarded. */
  readonly forwarded: readonly number[];
  readonly changed: boolean;
  readonly acknowledged: boolean;
  /** Shards were released. */
  readonly freed: boolean;
};
export const NOTHING: Notification = {
  due: [],
  forwarded: [],
  changed: false,
  acknowledged: false,
  freed: false,
};

export type Notify = {
  send(notice: Notification): void;
  close(): Promise<void>;
};

/** The first notification leaves at once, later ones this far apart. */
const EVERY_MS = 10;
/** A notification has room for 8,000 bytes; polling finds the endpoints that are left out. */
const MOST_DUE = 150;

export function createNotify(p: { isOn: boolean; send: (text: string) => Promise<void> }): Notify {
  let due = new Map<string, number>();
  let forwarded = new Set<number>();
  let changed = false;
  let acknowledged = false;
  let freed = false;
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> = Promise.resolve();
  let sentAt = Number.NEGATIVE_INFINITY;

  function flush(): void {
    timer = null;
    sentAt = performance.now();
    const text = JSON.stringify({
      ...(due.size > 0 ? { d: [...due].slice(0, MOST_DUE) } : undefined),
      ...(forwarded.size > 0 ? { h: [...forwarded] } : undefined),
      ...(changed ? { c: 1 } : undefined),
      ...(acknowledged ? { a: 1 } : undefined),
      ...(freed ? { f: 1 } : undefined),
    });
    due = new Map();
    forwarded = new Set();
    changed = false;
    acknowledged = false;
    freed = false;
    // A lost notification costs other nodes only the time until their next poll.
    sending = sending.then(() => p.send(text)).catch(() => undefined);
  }

  return {
    send(notice) {
      if (!p.isOn) return;
      const { length } = [...notice.due, ...notice.forwarded];
      if (length === 0 && !notice.changed && !notice.acknowledged && !notice.freed) return;
      for (const { endpointId, shard } of notice.due) due.set(endpointId, shard);
      for (const shard of notice.forwarded) forwarded.add(shard);
      changed ||= notice.changed;
      acknowledged ||= notice.acknowledged;
      freed ||= notice.freed;
      timer ??= setTimeout(flush, Math.max(0, sentAt + EVERY_MS - performance.now()));
    },
    async close() {
      if (timer !== null) {
        clearTimeout(timer);
        flush();
      }
      await sending;
    },
  };
}

/** Null for a text that no Hookline node sends. */
export function readNotification(text: string): Notification | null {
  try {
    const {
      d = [],
      h = [],
      c,
      a,
      f,
    } = JSON.parse(text) as {
      d?: readonly (readonly [string, number])[];
      h?: readonly number[];
      c?: number;
      a?: number;
      f?: number;
    };
    return {
      due: d.map(([endpointId, shard]) => ({ endpointId, shard })),
      forwarded: h,
      changed: c === 1,
      acknowledged: a === 1,
      freed: f === 1,
    };
  } catch {
    return null;
  }
}
