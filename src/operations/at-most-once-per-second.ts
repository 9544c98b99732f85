/**
 * Public content that is costly to make: it is made at most once a second for any number of requests, and
 * concurrent requests share one result.
 */
const KEPT_MS = 1_000;

/** `now` is monotonic, in milliseconds. A failure is not cached. */
export function atMostOncePerSecond<T>(
  make: () => Promise<T>,
  now: () => number,
): () => Promise<T> {
  let last: { readonly at: number; readonly made: Promise<T> } | null = null;
  return () => {
    if (last !== null && now() - last.at < KEPT_MS) return last.made;
    const making = { at: now(), made: make() };
    last = making;
    making.made.catch(() => {
      if (last === making) last = null;
    });
    return making.made;
  };
}
