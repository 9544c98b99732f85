/**
 * A cache of values with weights. When their sum exceeds the limit, the values that were used least recently are
 * dropped, but never the last one.
 */
export type WeightedCache<Key, Value> = {
  /** The value becomes the most recent one. */
  get(key: Key): Value | undefined;
  /** Adds or replaces a value, which becomes the most recent one. */
  set(key: Key, value: Value, weight: number): void;
  /** Changes the weight of a value that the cache has. */
  addWeight(key: Key, by: number): void;
  delete(key: Key): void;
  clear(): void;
};

type Kept<Value> = { readonly value: Value; weight: number };

/** `dropped` is called for every value that leaves the cache, except one that is replaced. */
export function createWeightedCache<Key, Value>(p: {
  readonly limit: number;
  readonly dropped?: (value: Value) => void;
}): WeightedCache<Key, Value> {
  /** Least recently used first. */
  const kept = new Map<Key, Kept<Value>>();
  let latest: Key | undefined;
  let sum = 0;

  function drop(key: Key): void {
    const one = kept.get(key);
    if (one === undefined) return;
    kept.delete(key);
    sum -= one.weight;
    p.dropped?.(one.value);
  }

  function shrink(): void {
    for (const key of kept.keys()) {
      if (sum <= p.limit || kept.size === 1) return;
      drop(key);
    }
  }

  return {
    get(key) {
      const one = kept.get(key);
      if (one === undefined) return undefined;
      if (key !== latest) {
        kept.delete(key);
        kept.set(key, one);
        latest = key;
      }
      return one.value;
    },
    set(key, value, weight) {
      sum += weight - (kept.get(key)?.weight ?? 0);
      kept.delete(key);
      kept.set(key, { value, weight });
      latest = key;
      shrink();
    },
    addWeight(key, by) {
      const one = kept.get(key);
      if (one === undefined) return;
      one.weight += by;
      sum += by;
      shrink();
    },
    delete: drop,
    clear() {
      for (const key of kept.keys()) drop(key);
    },
  };
}
