/**
 * Limits concurrent downloads of attachments (I5). A slot is held until the client has the content. A client
 * that does not read holds one as long as its connection lasts. No application gets more than a few of them,
 * which keeps other applications' attachments available (I4). Waiting requests are admitted application by
 * application, and each has a deadline.
 */

export type DownloadLimits = {
  readonly inAll: number;
  readonly perApp: number;
  /** Limit for one server that publishers name in their URLs. */
  readonly perOrigin: number;
  readonly waitingInAll: number;
  readonly waitingPerApp: number;
  readonly waitMs: number;
};

export type DownloadRequest = {
  readonly appId: string;
  /** `https://host:port`; null for content that the store holds. */
  readonly origin: string | null;
  /** Aborted when the client has the content or is gone; releases the slot or ends the wait. */
  readonly signal: AbortSignal;
};

export type DownloadSlots = {
  /** Resolves to false when the wait was too long, too many others wait, or the client is gone. */
  acquire(request: DownloadRequest): Promise<boolean>;
};

type Waiting = {
  readonly request: DownloadRequest;
  readonly admit: () => void;
};

const DOWNLOAD_LIMITS: DownloadLimits = {
  inAll: 64,
  perApp: 4,
  perOrigin: 16,
  waitingInAll: 256,
  waitingPerApp: 32,
  waitMs: 10_000,
};

export function createDownloadSlots(given: Partial<DownloadLimits> = {}): DownloadSlots {
  const limits = { ...DOWNLOAD_LIMITS, ...given };
  let held = 0;
  let waiting = 0;
  const heldByApp = new Map<string, number>();
  const heldByOrigin = new Map<string, number>();
  /** The application at the front has waited longest since its last admission. */
  const waitingByApp = new Map<string, Set<Waiting>>();

  function isFree({ appId, origin }: DownloadRequest): boolean {
    return (
      held < limits.inAll &&
      (heldByApp.get(appId) ?? 0) < limits.perApp &&
      (origin === null || (heldByOrigin.get(origin) ?? 0) < limits.perOrigin)
    );
  }

  function hold({ appId, origin, signal }: DownloadRequest): void {
    held += 1;
    count(heldByApp, appId, 1);
    if (origin !== null) count(heldByOrigin, origin, 1);
    signal.addEventListener("abort", release, { once: true });
    function release(): void {
      held -= 1;
      count(heldByApp, appId, -1);
      if (origin !== null) count(heldByOrigin, origin, -1);
      admitNext();
    }
  }

  /** Admits at most one request, since one slot was released. */
  function admitNext(): void {
    for (const [appId, queue] of waitingByApp) {
      const next = queue.values().find(({ request }) => isFree(request));
      if (next === undefined) continue;
      next.admit();
      // The application goes to the back, behind those that were not admitted.
      if (waitingByApp.delete(appId)) waitingByApp.set(appId, queue);
      return;
    }
  }

  function wait(request: DownloadRequest): Promise<boolean> {
    const { appId, signal } = request;
    const queue = waitingByApp.get(appId) ?? new Set();
    if (waiting >= limits.waitingInAll || queue.size >= limits.waitingPerApp) {
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      const one: Waiting = { request, admit: () => leave(true) };
      const giveUp = (): void => leave(false);
      const timer = setTimeout(giveUp, limits.waitMs);
      signal.addEventListener("abort", giveUp, { once: true });
      waiting += 1;
      waitingByApp.set(appId, queue.add(one));

      function leave(isAdmitted: boolean): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        waiting -= 1;
        queue.delete(one);
        if (queue.size === 0) waitingByApp.delete(appId);
        if (isAdmitted) hold(request);
        resolve(isAdmitted);
      }
    });
  }

  return {
    async acquire(request) {
      if (request.signal.aborted) return false;
      if (!isFree(request)) return await wait(request);
      hold(request);
      return true;
    },
  };
}

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + change;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}
