/** A binary heap: the item that comes first by `isBefore` is at the top. */
export type MinHeap<T> = {
  readonly size: number;
  first(): T | undefined;
  add(item: T): void;
  removeFirst(): T | undefined;
};

export function createMinHeap<T>(isBefore: (a: T, b: T) => boolean): MinHeap<T> {
  const items: T[] = [];

  function rise(item: T, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(item, items[parent] as T)) break;
      items[at] = items[parent] as T;
      at = parent;
    }
    items[at] = item;
  }

  function sink(item: T): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1] as T, items[child] as T)) {
        child += 1;
      }
      if (!isBefore(items[child] as T, item)) break;
      items[at] = items[child] as T;
      at = child;
    }
    items[at] = item;
  }

  return {
    get size() {
      return items.length;
    },
    first: () => items[0],
    add(item) {
      items.push(item);
      rise(item, items.length - 1);
    },
    removeFirst() {
      const [first] = items;
      const last = items.pop();
      if (last !== undefined && items.length > 0) sink(last);
      return first;
    },
  };
}
