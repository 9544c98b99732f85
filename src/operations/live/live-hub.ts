/**
 * The live stream of this node: passes each notice to the clients that may see it. Without a client, and
 * without a client of another node, a change costs one comparison. Clients get gathered notices a few times a
 * second, so a busy server does not write once per notice and client.
 */
import type { LiveNotice, LiveTap } from "../../core/live/notice.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import { LIMITS } from "../../core/limits.ts";
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

export type LiveHub = LiveTap & {
  /** Refuses with `rate_limited` or `overloaded`. `appId` null sees all applications. */
  subscribe(
    p: { readonly appId: string | null; readonly credential: string } & LiveListener,
  ): LiveSubscription;
  hasClients(): boolean;
  /** Called when the first client comes and when the last one has gone. */
  onClients(listener: () => void): void;
  /** Called with whether notices have a reader, at once and after each change. */
  onWatched(listener: (isWatched: boolean) => void): void;
  /** Passes on the notices of other nodes. */
  receive(notices: readonly LiveNotice[]): void;
  /** Notices may have been lost: every client reads again. */
  gap(): void;
  /** Sends the notices of this node to others; null while no other node has clients. */
  setRelay(relay: ((notice: LiveNotice) => void) | null): void;
  /** Ends every stream, and refuses new ones. */
  stop(): void;
};

const FLUSH_MS = 200;
const OVERVIEW_MS = 1_000;
const BEAT_MS = 15_000;
/** Notices that wait for one client. */
const QUEUE_LIMIT = 500;

type Client = LiveListener & {
  readonly appId: string | null;
  readonly credential: string;
  readonly queue: LiveQueue;
};

export function createLiveHub(clock: LiveClock): LiveHub {
  const clients = new Set<Client>();
  const listeners: (() => void)[] = [];
  const watchListeners: ((isWatched: boolean) => void)[] = [];
  const sums = { events: 0, attempts: 0, failures: 0 };
  const timers = new Map<() => void, () => void>();
  let relay: ((notice: LiveNotice) => void) | null = null;
  let isStopped = false;

  const isWatched = (): boolean => clients.size > 0 || relay !== null;

  function noteWatched(): void {
    for (const listener of watchListeners) listener(isWatched());
  }

  /** Calls it once after that time, unless it waits already. */
  function callIn(ms: number, call: () => void): void {
    if (timers.has(call) || isStopped) return;
    const cancel = clock.setTimer(clock.now() + ms, () => {
      timers.delete(call);
      call();
    });
    timers.set(call, cancel);
  }

  function offer(client: Client, item: LiveItem): void {
    client.queue.add(item);
    callIn(FLUSH_MS, flush);
  }

  function flush(): void {
    for (const client of clients) if (client.queue.size() > 0) client.onItems();
  }

  function beat(): void {
    const now = clock.now();
    for (const client of clients) client.onBeat(now);
    if (clients.size > 0) callIn(BEAT_MS, beat);
  }

  function sendOverview(): void {
    const item = { kind: "overview" as const, ...sums };
    sums.events = sums.attempts = sums.failures = 0;
    for (const client of clients) if (client.appId === null) offer(client, item);
  }

  function count(notice: LiveNotice): void {
    if (notice.kind === "event") sums.events += 1;
    else if (notice.kind === "attempt") {
      sums.attempts += 1;
      if (!notice.succeeded) sums.failures += 1;
    } else return;
    callIn(OVERVIEW_MS, sendOverview);
  }

  function deliver(notice: LiveNotice): void {
    let seesAll = false;
    for (const client of clients) {
      if (client.appId !== null && client.appId !== notice.appId) continue;
      seesAll ||= client.appId === null;
      offer(client, notice);
    }
    if (seesAll) count(notice);
  }

  function remove(client: Client): void {
    if (!clients.delete(client) || clients.size > 0) return;
    noteWatched();
    for (const cancel of timers.values()) cancel();
    timers.clear();
    sums.events = sums.attempts = sums.failures = 0;
    for (const listener of listeners) listener();
  }

  return {
    isWatched,
    notify(notice) {
      deliver(notice);
      relay?.(notice);
    },
    subscribe({ appId, credential, ...listener }) {
      refuseTooMany(clients, { appId, credential, isStopped });
      const client = { appId, credential, ...listener, queue: createLiveQueue(QUEUE_LIMIT) };
      clients.add(client);
      callIn(BEAT_MS, beat);
      if (clients.size === 1) {
        noteWatched();
        for (const one of listeners) one();
      }
      return { take: client.queue.take, end: () => remove(client) };
    },
    hasClients: () => clients.size > 0,
    onClients: (listener) => void listeners.push(listener),
    onWatched(listener) {
      watchListeners.push(listener);
      listener(isWatched());
    },
    receive(notices) {
      for (const notice of notices) deliver(notice);
    },
    gap() {
      for (const client of clients) offer(client, { kind: "gap" });
    },
    setRelay(next) {
      relay = next;
      noteWatched();
    },
    stop() {
      isStopped = true;
      for (const client of clients) client.onStop();
    },
  };
}

function refuseTooMany(
  clients: ReadonlySet<Client>,
  p: { readonly appId: string | null; readonly credential: string; readonly isStopped: boolean },
): void {
  const { streams, streamsOfApp, streamsOfCredential } = LIMITS;
  const most = p.isStopped ? 0 : streams.value;
  if (clients.size >= most) throw refuseLimit(streams, streams.value);
  let ofApp = 0;
  let ofCredential = 0;
  for (const { appId, credential } of clients) {
    if (p.appId !== null && appId === p.appId) ofApp += 1;
    if (credential === p.credential) ofCredential += 1;
  }
  if (ofCredential >= streamsOfCredential.value) {
    throw refuseLimit(streamsOfCredential, streamsOfCredential.value);
  }
  if (ofApp >= streamsOfApp.value) throw refuseLimit(streamsOfApp, streamsOfApp.value);
}
