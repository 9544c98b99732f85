/**
 * Publishers that log the outcome of each request. They continue after refusals, and end when the server is
 * gone or at `stop`, so a test never has to end them by force.
 */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { call } from "../../harness/server.ts";
import type { Publish } from "../history.ts";

export type Load = {
  /** Resolves when each publisher has ended. One request of each may be in flight until then. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
};

export type LoadOptions = {
  readonly url: string;
  readonly app: string;
  /** A name that is unique among the loads of a history. */
  readonly name: string;
  readonly log: Publish[];
  readonly publishers: number;
  /** Events of one request. The first event is sent alone, the others in batches. */
  readonly batch?: number;
  /** The rate of all publishers together. Without it each request follows the previous response. */
  readonly eventsPerSecond?: number;
  /** Called with each response's status, null without a response, and the time of its request. */
  readonly onAnswer?: (status: number | null, sentAt: number) => void;
  /** Returns whether a response promises that nothing was stored. */
  readonly isRefusal?: (status: number) => boolean;
};

const PAUSE_AFTER_REFUSAL_MS = 20;
const TEXT = "Your table for two is ready ✓ — see you at 19:30. ";

export function toHash(body: string): string {
  return createHash("sha256").update(body).digest("base64url").slice(0, 22);
}

export function toPayload(eventId: string, count: number): Record<string, unknown> {
  return { eventId, text: TEXT.repeat(1 + (count % 12)) };
}

export function startLoad(options: LoadOptions): Load {
  const over = new AbortController();
  const publishers = Array.from({ length: options.publishers }, (_, index) =>
    publishUntilOver(options, index, over.signal),
  );
  const ended = Promise.all(publishers).then(() => undefined);
  return {
    ended,
    async stop() {
      over.abort();
      await ended;
    },
  };
}

async function publishUntilOver(
  options: LoadOptions,
  index: number,
  over: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  const size = index === 0 ? 1 : (options.batch ?? 1);
  const gapMs =
    options.eventsPerSecond === undefined
      ? 0
      : (1000 * size * options.publishers) / options.eventsPerSecond;
  for (let turn = 0; !over.aborted; turn += 1) {
    const waitMs = startedAt + turn * gapMs - performance.now();
    if (gapMs > 0 && waitMs > 0) await sleep(waitMs);
    const eventIds = Array.from(
      { length: size },
      (_, n) => `${options.name}-${index}-${turn}-${n}`,
    );
    const sentAt = performance.now();
    const status = await publish(options, eventIds);
    options.onAnswer?.(status, sentAt);
    if (status === null) return;
    if (status >= 300) await sleep(PAUSE_AFTER_REFUSAL_MS);
  }
}

/** Sends one request, a single event or a batch, and logs the outcome of each event. */
async function publish(options: LoadOptions, eventIds: readonly string[]): Promise<number | null> {
  const events = eventIds.map((eventId, count) => ({
    eventType: "load.test",
    eventId,
    payload: toPayload(eventId, count),
  }));
  const answer = await (
    events.length === 1
      ? call(options.url, "POST", `/app/${options.app}/msg`, events[0])
      : call(options.url, "POST", `/app/${options.app}/msg/batch`, events)
  ).catch(() => null);
  const status = answer?.status ?? null;
  const outcome = toOutcome(status, String(answer?.body["code"]), options);
  const made = outcome === "ok" ? madeBy(answer?.body ?? {}) : [];
  for (const [n, event] of events.entries()) {
    options.log.push({
      eventId: event.eventId,
      bodyHash: toHash(JSON.stringify(event.payload)),
      outcome,
      id: made[n] ?? null,
    });
  }
  return status;
}

function toOutcome(
  status: number | null,
  code: string,
  { isRefusal }: LoadOptions,
): Publish["outcome"] {
  if (status === null) return "unknown";
  if (status < 300) return "ok";
  if (status < 500 || code === "overloaded") return "fail";
  return isRefusal?.(status) === true ? "fail" : "unknown";
}

function madeBy(body: Readonly<Record<string, unknown>>): readonly string[] {
  const many = body["data"] as readonly { readonly id: string }[] | undefined;
  return many === undefined ? [String(body["id"])] : many.map(({ id }) => id);
}
