/**
 * The live stream of this node: passes each notice to the clients that may see it. Without a client, and
 * without a client of another node, a change costs one comparison. Clients get gathered notices a few times a
 * second, so a busy server does not write once per notice and client.
 */
import type { LiveCount, LiveNotice, LiveTap } from "../../core/live/notice.ts";
import { mostWanted, type LiveWants } from "../../core/live/wanted.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import { LIMITS } from "../../core/limits.ts";
import { createLiveAudiences } from "./live-audiences.ts";
import { createLiveQueue, type LiveItem, type LiveQueue } from "./live-queue.ts";

export type LiveClock = {
  now(): number;
  setTimer(at: number, call: () => void): () => void;
};

export type LiveListener = {
  /** Items wait: `take` returns them. Also called while they wait for a slow client. */
  onItems(): void;
  /** Called every 15 seconds. */
  onBeat(now: number): void;
  /** The server stops. */
  onStop(): void;
};

export type LiveSubscription = {
  take(): readonly LiveItem[];
  end(): void;
};

export type LiveRelay = {
  add(change: LiveNotice | LiveCount): void;
  /** Without room, a change becomes a gap of the other nodes. */
  hasRoom(): boolean;
};

export type LiveHub = LiveTap & {
  /** Refuses with `rate_limited` or `overloaded`. `appId` null sees all applications. */
  subscribe(
    p: {
      readonly appId: string | null;
      readonly credential: string;
      /** The application whose streams it counts with; null for an operator. */
      readonly ofApp: string | null;
    } & LiveListener,
  ): LiveSubscription;
  hasClients(): boolean;
  /** Called when the first client comes and when the last one has gone. */
  onClients(listener: () => void): void;
  /** Called with the wishes of the clients and of other nodes, at once and after each change. */
  onWants(listener: (wants: LiveWants) => void): void;
  /** Passes on the notices of other nodes. */
  receive(notices: readonly LiveNotice[]): void;
  /** Notices may have been lost: every client reads again. */
  gap(): void;
  /** Sends the changes of this node to others; null while no other node has clients. */
  setRelay(relay: LiveRelay | null): void;
  /** The relay has room again. */
  relayHasRoom(): void;
  /** Ends every stream, and refuses new ones. */
  stop(): void;
};

const FLUSH_MS = 200;
const SECOND_MS = 1_000;
const BEAT_MS = 15_000;
/** Notices that wait for one client. */
const QUEUE_LIMIT = 500;

type Client = LiveListener & {
  readonly appId: string | null;
  readonly credential: string;
  readonly ofApp: string | null;
  readonly queue: LiveQueue;
};
export function createLiveHub(clock: LiveClock): LiveHub {
  const clients = new Set<Client>();
  const audiences = createLiveAudiences<Client>();
  const listeners: (() => void)[] = [];
  const wantsListeners: ((wants: LiveWants) => void)[] = [];
  const { callIn, cancelAll } = createTimers(clock);
  let wants: LiveWants = new Map();
  let relay: LiveRelay | null = null;
  let isStopped = false;

  function noteWants(): void {
    const next = audiences.wants();
    if (relay !== null) {
      const ofRelay = relay.hasRoom() ? "notices" : "counts";
      next.set(null, mostWanted([next.get(null), ofRelay]));
    }
    const isSame =
      next.size === wants.size && [...next].every(([id, one]) => wants.get(id) === one);
    if (isSame) return;
    wants = next;
    for (const listener of wantsListeners) listener(wants);
  }

  function flush(): void {
    audiences.flush();
    for (const client of clients) if (client.queue.size() > 0) client.onItems();
  }

  function beat(): void {
    const now = clock.now();
    for (const client of clients) client.onBeat(now);
    if (clients.size > 0) callIn(BEAT_MS, beat);
  }

  function tick(): void {
    const hadChanges = audiences.tick();
    noteWants();
    if (!hadChanges) return;
    callIn(FLUSH_MS, flush);
    callIn(SECOND_MS, tick);
  }

  function deliver(change: LiveNotice | LiveCount): void {
    if (!audiences.deliver(change)) return;
    noteWants();
    callIn(FLUSH_MS, flush);
    callIn(SECOND_MS, tick);
  }

  function remove(client: Client): void {
    if (!clients.delete(client)) return;
    audiences.remove(client);
    noteWants();
    if (clients.size > 0) return;
    cancelAll();
    for (const listener of listeners) listener();
  }

  return {
    wanted: (appId) =>
      wants.size === 0 ? "nothing" : mostWanted([wants.get(null), wants.get(appId)]),
    notify(change) {
      deliver(change);
      if (relay === null) return;
      relay.add(change);
      noteWants();
    },
    subscribe({ appId, credential, ofApp, ...listener }) {
      refuseTooMany(clients, { ofApp, credential, isStopped });
      const queue = createLiveQueue(QUEUE_LIMIT);
      const client = { appId, credential, ofApp, ...listener, queue };
      // The stream of a client begins with the next change.
      flush();
      audiences.add(client);
      clients.add(client);
      callIn(BEAT_MS, beat);
      noteWants();
      if (clients.size === 1) for (const one of listeners) one();
      return { take: queue.take, end: () => remove(client) };
    },
    hasClients: () => clients.size > 0,
    onClients: (listener) => void listeners.push(listener),
    onWants(listener) {
      wantsListeners.push(listener);
      listener(wants);
    },
    receive(notices) {
      for (const notice of notices) deliver(notice);
    },
    gap() {
      audiences.gap();
      callIn(FLUSH_MS, flush);
    },
    setRelay(next) {
      relay = next;
      noteWants();
    },
    relayHasRoom: noteWants,
    stop() {
      isStopped = true;
      for (const client of clients) client.onStop();
    },
  };
}

function createTimers(clock: LiveClock) {
  const timers = new Map<() => void, () => void>();
  return {
    /** Calls it once after that time, unless it waits already. */
    callIn(ms: number, call: () => void): void {
      if (timers.has(call)) return;
      const cancel = clock.setTimer(clock.now() + ms, () => {
        timers.delete(call);
        call();
      });
      timers.set(call, cancel);
    },
    cancelAll(): void {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

function refuseTooMany(
  clients: ReadonlySet<Client>,
  p: { readonly ofApp: string | null; readonly credential: string; readonly isStopped: boolean },
): void {
  const { streams, streamsOfApp, streamsOfCredential } = LIMITS;
  const most = p.isStopped ? 0 : streams.value;
  if (clients.size >= most) throw refuseLimit(streams, streams.value);
  let ofApp = 0;
  let ofCredential = 0;
  for (const client of clients) {
    if (p.ofApp !== null && client.ofApp === p.ofApp) ofApp += 1;
    if (client.credential === p.credential) ofCredential += 1;
  }
  if (ofCredential >= streamsOfCredential.value) {
    throw refuseLimit(streamsOfCredential, streamsOfCredential.value);
  }
  if (ofApp >= streamsOfApp.value) throw refuseLimit(streamsOfApp, streamsOfApp.value);
}
