/** Items of one turn of the event loop, which are posted together at its end: a message between threads costs 10 µs. */
export type Batch<T> = {
  add(item: T): void;
  /** Posts the waiting items now. */
  flush(): void;
  size(): number;
};

export function createBatch<T>(post: (items: readonly T[]) => void): Batch<T> {
  let items: T[] = [];

  function flush(): void {
    if (items.length === 0) return;
    const taken = items;
    items = [];
    post(taken);
  }

  return {
    add(item) {
      items.push(item);
      if (items.length === 1) setImmediate(flush);
    },
    flush,
    size: () => items.length,
  };
}
