/**
 * The answer of a live stream: server-sent events, for as long as the client reads them. Nothing is taken from
 * the client's queue until its connection has room, so a stalled client holds the queue and no more.
 */
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { LiveHub, LiveItem } from "../../operations/context.ts";

/** After this time the client connects again, with a credential that is still valid. */
const MOST_MS = 3_600_000;
/** How often the credential is checked meanwhile. */
const CHECK_MS = 60_000;
/** Sent first: how long a client waits before it connects again. */
const RETRY = "retry: 2000\n\n";
/** Shows that the stream is alive; without it a proxy may end an idle connection. */
const COMMENT = ":\n\n";

/** Items that several clients get together are printed once. */
const printed = new WeakMap<readonly LiveItem[], string>();

/** Refuses with `rate_limited` or `overloaded`. */
export function openLiveAnswer(p: {
  readonly hub: LiveHub;
  readonly reply: FastifyReply;
  readonly appId: string | null;
  readonly credential: string;
  /** The application whose streams it counts with; null for an operator. */
  readonly ofApp: string | null;
  /** When the credential expires; null for never. */
  readonly expiresAt: number | null;
  readonly now: number;
  /** Whether the credential is still valid. */
  readonly isAllowed: () => Promise<boolean>;
}): Readable {
  const endsAt = Math.min(p.now + MOST_MS, p.expiresAt ?? Infinity);
  let checkedAt = p.now;
  let hasRoom = false;
  const stream = new Readable({
    highWaterMark: 16 * 1024,
    encoding: "utf8",
    read() {
      hasRoom = true;
      sendItems();
    },
  });
  const subscription = p.hub.subscribe({
    appId: p.appId,
    credential: p.credential,
    ofApp: p.ofApp,
    onItems: sendItems,
    onStop: end,
    onBeat(now) {
      if (now >= endsAt) return end();
      if (hasRoom) push(COMMENT);
      if (now - checkedAt < CHECK_MS) return;
      checkedAt = now;
      void p.isAllowed().then((isAllowed) => {
        if (!isAllowed) end();
      });
    },
  });

  function sendItems(): void {
    if (!hasRoom) return;
    const items = subscription.take();
    if (items.length > 0) push(printItems(items));
  }

  function push(text: string): void {
    hasRoom = stream.push(text);
  }

  function end(): void {
    subscription.end();
    stream.push(null);
  }

  p.reply.raw.once("close", () => {
    subscription.end();
    stream.destroy();
  });
  p.reply.headers({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  stream.push(RETRY);
  return stream;
}

function printItems(items: readonly LiveItem[]): string {
  let text = printed.get(items);
  if (text === undefined) {
    text = items.map(printItem).join("");
    printed.set(items, text);
  }
  return text;
}

function printItem({ kind, ...facts }: LiveItem): string {
  return `event: ${kind}\ndata: ${JSON.stringify(facts)}\n\n`;
}
