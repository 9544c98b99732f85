/**
 * Fetching what a publisher's URL names, such as the picture of a message: through the same guarded
 * connector as deliveries (I9), under one deadline and one size limit (I5), never stored. Like a
 * delivery it follows no redirect: where that leads was named by nobody.
 */
import type { BodyLimits } from "./exchange.ts";
import type { Sender } from "./send.ts";

export type FetchedContent =
  | {
      readonly ok: true;
      /** As the origin said; null when it did not. */
      readonly contentType: string | null;
      readonly body: Uint8Array;
    }
  | { readonly ok: false; readonly reason: "blocked" | "too_large" | "unreachable" };

export type ContentLimits = {
  readonly bodyBytes: number;
  /** From the call on, with the time spent waiting for others. */
  readonly deadlineMs: number;
  /** Fetched at once; with `bodyBytes` this bounds the memory. */
  readonly atOnce: number;
  /** Waiting for one of those to end; beyond it a call is refused. */
  readonly waiting: number;
};

export type ContentFetcher = (url: string) => Promise<FetchedContent>;

const CONTENT_LIMITS: ContentLimits = {
  bodyBytes: 16 * 1024 * 1024,
  deadlineMs: 15_000,
  atOnce: 8,
  waiting: 256,
};

const UNREACHABLE: FetchedContent = { ok: false, reason: "unreachable" };

/** The fetcher never rejects; any answer but a whole 2xx counts as unreachable. */
export function createContentFetcher(options: {
  readonly sender: Pick<Sender, "exchange">;
  readonly userAgent: string;
  readonly limits?: Partial<ContentLimits>;
}): ContentFetcher {
  const limits = { ...CONTENT_LIMITS, ...options.limits };
  const places = createPlaces(limits);
  const bodyLimits: BodyLimits = { bytes: limits.bodyBytes, waitMs: limits.deadlineMs };

  return async (url) => {
    const startedAtMs = performance.now();
    if (!(await places.take())) return UNREACHABLE;
    try {
      const leftMs = Math.ceil(limits.deadlineMs - (performance.now() - startedAtMs));
      return leftMs <= 0 ? UNREACHABLE : await fetchOne(url, leftMs);
    } finally {
      places.give();
    }
  };

  async function fetchOne(url: string, deadlineMs: number): Promise<FetchedContent> {
    const answer = await options.sender.exchange(
      {
        url,
        query: null,
        method: "GET",
        headers: ["user-agent", options.userAgent, "accept", "*/*"],
        body: null,
        deadlineMs,
        tlsMinVersion: null,
        tls: null,
      },
      bodyLimits,
    );
    if (answer.kind === "failed") {
      return answer.reason === "blocked" ? { ok: false, reason: "blocked" } : UNREACHABLE;
    }
    if (answer.status < 200 || answer.status > 299) return UNREACHABLE;
    if (answer.bodyEnd === "over_limit") return { ok: false, reason: "too_large" };
    if (answer.bodyEnd === "broken_off") return UNREACHABLE;
    return { ok: true, contentType: answer.headers.contentType ?? null, body: answer.body };
  }
}

/** So many at once; the others wait in line until the deadline. */
function createPlaces(limits: ContentLimits) {
  let free = limits.atOnce;
  const line = new Set<() => void>();
  return {
    /** Whether there was one in time. */
    take(): Promise<boolean> | boolean {
      if (free > 0) {
        free -= 1;
        return true;
      }
      if (line.size >= limits.waiting) return false;
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          line.delete(enter);
          resolve(false);
        }, limits.deadlineMs);
        function enter(): void {
          clearTimeout(timer);
          resolve(true);
        }
        line.add(enter);
      });
    },
    give(): void {
      const next = line.values().next().value;
      if (next === undefined) {
        free += 1;
        return;
      }
      // The place passes on; nobody who comes meanwhile gets in before.
      line.delete(next);
      next();
    },
  };
}
