/**
 * Origins that break kept connections during a request, each of which costs a repeat. After two breaks within
 * an hour, no connection of the origin is reused for an hour.
 */
export type BrokenOrigins = {
  note(key: string): void;
  has(key: string): boolean;
};

const BREAKS = 2;
const HOUR_MS = 3_600_000;
const ORIGINS_LIMIT = 4096;

export function createBrokenOrigins(nowMs: () => number = () => performance.now()): BrokenOrigins {
  const origins = new Map<string, { readonly breaks: number; readonly untilMs: number }>();

  function find(key: string) {
    const found = origins.get(key);
    if (found === undefined || found.untilMs > nowMs()) return found;
    origins.delete(key);
    return undefined;
  }

  return {
    note(key) {
      const breaks = (find(key)?.breaks ?? 0) + 1;
      origins.delete(key);
      const oldest = origins.size >= ORIGINS_LIMIT ? origins.keys().next().value : undefined;
      if (oldest !== undefined) origins.delete(oldest);
      origins.set(key, { breaks, untilMs: nowMs() + HOUR_MS });
    },
    has: (key) => origins.size > 0 && (find(key)?.breaks ?? 0) >= BREAKS,
  };
}
