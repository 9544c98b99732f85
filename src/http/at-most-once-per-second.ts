/**
 * What anybody may ask for and what costs something to make: it is made at most once a second, however
 * often it is asked for, and those who ask meanwhile share one making.
 */
const KEPT_MS = 1_000;

/** `now` is monotonic, in milliseconds. What fails is not kept. */
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
