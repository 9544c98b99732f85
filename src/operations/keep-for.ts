/**
 * Results that are costly to make and the same for all who may read them: a result is made at most once in a
 * time for any number of requests, and concurrent requests share it.
 */

/** `now` is monotonic, in milliseconds. A failure is not kept. */
export function keepFor<T>(
  keptMs: number,
  make: () => Promise<T>,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let last: { readonly at: number; readonly made: Promise<T> } | null = null;
  return () => {
    if (last !== null && now() - last.at < keptMs) return last.made;
    const making = { at: now(), made: make() };
    last = making;
    making.made.catch(() => {
      if (last === making) last = null;
    });
    return making.made;
  };
}
