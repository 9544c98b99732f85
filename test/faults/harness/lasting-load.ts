/**
 * Publishers that never give up. They repeat a request without a definite answer under its idempotency key,
 * at the next node, until they have an answer. So the outcome of every request is known at the end. An answer
 * that a publisher should never see is not hidden among the repeats.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { call } from "../../harness/server.ts";
import type { Publish } from "../history.ts";
import { toHash, toPayload } from "./load.ts";

export type LastingLoad = Disposable & {
  /** Requests that were answered with 202. */
  acknowledged(): number;
  /** Repeats by the outcome of the previous request: a status, or `none`. */
  repeats(): ReadonlyMap<string, number>;
  /** Answers that are neither a success nor a request to retry. */
  readonly unexpected: readonly string[];
  /** Starts no further request. Resolves when the requests in flight are answered. */
  stop(): Promise<void>;
  /** Ends without waiting for the requests in flight, for a test that has failed. */
  abandon(): void;
};

export type LastingLoadOptions = {
  /** The URLs of the running nodes, read before each request. */
  readonly urls: () => readonly string[];
  readonly app: string;
  readonly name: string;
  readonly log: Publish[];
  readonly publishers: number;
  /** The rate of one publisher, which waits for each answer in any case. */
  readonly requestsPerSecond: number;
  /** The time without an answer after which a publisher tries the next node. */
  readonly patienceMs?: number;
  /** Publishes with an ordering key, so that the events of each publisher arrive in their order. */
  readonly ordered?: boolean;
  readonly onAccepted?: (eventId: string, id: string) => void;
};

const PAUSE_BEFORE_REPEAT_MS = 50;
const LONGEST_STOP_MS = 60_000;

export function startLastingLoad(options: LastingLoadOptions): LastingLoad {
  const over = new AbortController();
  const repeats = new Map<string, number>();
  const unexpected: string[] = [];
  let acknowledged = 0;
  let giveUpAt = Number.POSITIVE_INFINITY;

  async function publish(index: number, turn: number): Promise<void> {
    const eventId = `${options.name}-${index}-${turn}`;
    const payload = toPayload(eventId, turn);
    const event = {
      eventType: "load.test",
      eventId,
      payload,
      ...(options.ordered === true ? { orderingKey: `${options.name}-${index}` } : undefined),
    };
    const toPublish = (outcome: Publish["outcome"], id: string | null): Publish => ({
      eventId,
      bodyHash: toHash(JSON.stringify(payload)),
      outcome,
      id,
    });
    for (let tries = 0; performance.now() < giveUpAt; tries += 1) {
      const urls = options.urls();
      const url = urls[(index + turn + tries) % urls.length];
      const answer =
        url === undefined
          ? null
          : await orNull(
              call(url, "POST", `/app/${options.app}/msg`, event, { "idempotency-key": eventId }),
              options.patienceMs,
            );
      const status = answer?.status ?? null;
      if (status === 202) {
        acknowledged += 1;
        const id = String(answer?.body["id"]);
        options.log.push(toPublish("ok", id));
        options.onAccepted?.(eventId, id);
        return;
      }
      if (status !== null && status !== 503 && status !== 429) {
        unexpected.push(`${status} ${JSON.stringify(answer?.body)}`);
      }
      const why = String(status ?? "none");
      repeats.set(why, (repeats.get(why) ?? 0) + 1);
      await sleep(PAUSE_BEFORE_REPEAT_MS);
    }
    options.log.push(toPublish("unknown", null));
  }

  async function publishUntilOver(index: number): Promise<void> {
    const gapMs = 1000 / options.requestsPerSecond;
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const startedAt = performance.now();
      await publish(index, turn);
      const waitMs = startedAt + gapMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
    }
  }

  const publishers = Array.from({ length: options.publishers }, (_, index) =>
    publishUntilOver(index),
  );
  return {
    acknowledged: () => acknowledged,
    repeats: () => repeats,
    unexpected,
    [Symbol.dispose]() {
      over.abort();
      giveUpAt = 0;
    },
    async stop() {
      over.abort();
      giveUpAt = performance.now() + LONGEST_STOP_MS;
      await Promise.all(publishers);
    },
    abandon() {
      over.abort();
      giveUpAt = 0;
    },
  };
}

async function orNull<T>(answer: Promise<T>, patienceMs: number | undefined): Promise<T | null> {
  const answered = answer.catch(() => null);
  if (patienceMs === undefined) return await answered;
  const impatient = new AbortController();
  const tooLong = sleep(patienceMs, null, { signal: impatient.signal }).catch(() => null);
  return await Promise.race([answered, tooLong]).finally(() => impatient.abort());
}

export function repeatsText(load: LastingLoad): string {
  const parts = [...load.repeats()].map(([why, count]) => `${count} after ${why}`);
  return parts.length === 0 ? "no request repeated" : `requests repeated: ${parts.join(", ")}`;
}
