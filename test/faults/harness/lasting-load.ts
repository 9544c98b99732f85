/**
 * Publishers that do not give up: a request without a definite answer is sent again under its own
 * idempotency key, to the next node, until one is had. So in the end nothing is unknown, and an answer
 * that no publisher should ever see is not lost among the repeats.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { call } from "../../harness/server.ts";
import type { Publish } from "../history.ts";
import { toHash, toPayload } from "./load.ts";

export type LastingLoad = Disposable & {
  /** Requests that were answered with 202. */
  acknowledged(): number;
  /** Repeats, by what the request before had come to: a status, or `none`. */
  repeats(): ReadonlyMap<string, number>;
  /** Answers that are neither a success nor a call to try again. */
  readonly unexpected: readonly string[];
  /** No request is new from now on; resolves when those under way have their answer. */
  stop(): Promise<void>;
  /** Ends without caring for those under way, as after a test that has failed. */
  abandon(): void;
};

export type LastingLoadOptions = {
  /** Those that are up now, asked for before each request. */
  readonly urls: () => readonly string[];
  readonly app: string;
  readonly name: string;
  readonly log: Publish[];
  readonly publishers: number;
  /** Of one publisher; it waits for its answer in any case. */
  readonly requestsPerSecond: number;
  /** Without an answer for so long a publisher tries the next node. */
  readonly patienceMs?: number;
  /** The events of each publisher are to arrive in the order in which it published them. */
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
