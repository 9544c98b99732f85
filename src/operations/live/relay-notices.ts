/**
 * Passes notices between the nodes of one store. A node with clients keeps a row in the store, and only while
 * another node has one does this node send. It sends a few batches a second, outside of any transaction. A
 * batch that has no room for all of them says so, and the clients read again.
 */
import { parseBatch, printBatch, printNotice } from "../../core/live/notice-text.ts";
import type { LiveNotice } from "../../core/live/notice.ts";
import type { LiveStore } from "../../store/interface/live.ts";
import type { LiveClock, LiveHub, LiveRelay } from "./live-hub.ts";

/** How often a node looks for clients of others and renews its row. */
const LOOK_MS = 5_000;
const LEASE_MS = 30_000;
/** At most four batches a second. */
const BATCH_MS = 250;
/** A notification of PostgreSQL has room for 8,000 bytes. */
const BATCH_BYTES = 7_800;

/** Disposing of it ends the row of the node. */
export type Relay = AsyncDisposable;

/** `node` is a name that no other node has. A store with one process needs no relay. */
export function startRelay(p: {
  store: LiveStore;
  hub: LiveHub;
  node: string;
  clock: LiveClock;
}): Relay {
  const { store, hub, node, clock } = p;
  if (store.reach === "alone") return { [Symbol.asyncDispose]: async () => undefined };
  const batch = createBatches(p);
  let cancelLook: () => void = () => undefined;
  let looking: Promise<void> = Promise.resolve();
  let isStopped = false;
  /** Other nodes have not looked since the first client came, or since the last failure. */
  let isNew = false;

  function look(): void {
    cancelLook();
    looking = looking.then(lookOnce);
  }

  async function lookOnce(): Promise<void> {
    if (isStopped) return;
    cancelLook();
    const isWatching = hub.hasClients();
    const mayHaveMissed = isNew;
    isNew = false;
    try {
      const others = await store.watch({ node, isWatching, leaseMs: LEASE_MS });
      hub.setRelay(others.watch ? batch : null);
      // By now the others send. Without notifications, clients read again at every look.
      if (isWatching && (mayHaveMissed || store.reach === "polled")) hub.gap();
    } catch {
      // The engine reports an unavailable store.
      isNew = true;
    }
    if (!isStopped) cancelLook = clock.setTimer(clock.now() + LOOK_MS, look);
  }

  store.listen((text) => {
    if (text === null) return hub.gap();
    const received = parseBatch(text);
    if (received === null || received.node === node) return;
    hub.receive(received.notices);
    if (received.isIncomplete) hub.gap();
    if (received.isWatching) look();
  });
  hub.onClients(() => {
    if (!hub.hasClients()) return look();
    looking = looking.then(lookOnce).then(() => {
      isNew = true;
      return batch.announce();
    });
  });
  look();
  return {
    async [Symbol.asyncDispose]() {
      isStopped = true;
      cancelLook();
      hub.setRelay(null);
      await looking;
      cancelLook();
      await batch.stop();
      await store.watch({ node, isWatching: false, leaseMs: 0 }).catch(() => undefined);
    },
  };
}

/** Gathers notices, and sends them at most every `BATCH_MS`. */
function createBatches({
  store,
  hub,
  node,
  clock,
}: {
  store: LiveStore;
  hub: LiveHub;
  node: string;
  clock: LiveClock;
}): LiveRelay & { announce(): Promise<void>; stop(): Promise<void> } {
  const empty = Buffer.byteLength(
    printBatch({ node, notices: [], isIncomplete: true, isWatching: true }),
  );
  let notices: string[] = [];
  let bytes = empty;
  let isIncomplete = false;
  let cancel: (() => void) | null = null;
  let sending: Promise<void> = Promise.resolve();

  function send(isWatching: boolean): Promise<void> {
    const text = printBatch({ node, notices, isIncomplete, isWatching });
    notices = [];
    bytes = empty;
    isIncomplete = false;
    // A batch that is lost with its connection is a gap for the listener.
    sending = sending.then(() => store.notify(text)).catch(() => undefined);
    return sending;
  }

  function addNotice(notice: LiveNotice): void {
    const text = printNotice(notice);
    const size = Buffer.byteLength(text) + 1;
    isIncomplete = bytes + size > BATCH_BYTES;
    if (isIncomplete) return;
    notices.push(text);
    bytes += size;
  }

  function sendGathered(): void {
    cancel = null;
    void send(false);
    hub.relayHasRoom();
  }

  return {
    hasRoom: () => !isIncomplete,
    add(change) {
      if (change.kind === "count") isIncomplete = true;
      else if (!isIncomplete) addNotice(change);
      cancel ??= clock.setTimer(clock.now() + BATCH_MS, sendGathered);
    },
    announce: () => send(true),
    async stop() {
      cancel?.();
      if (notices.length > 0 || isIncomplete) await send(false);
      await sending;
    },
  };
}
