/**
 * Objects under way, each in a numbered place until it is removed. A Map or Set is not used, because V8 replaces its
 * table after a few removals, and each replaced table refers to the next one. Once a table is in the old heap, the
 * scavenger keeps every later one with all that it held. So 7 kB per event reached the old heap. Its collections
 * stopped the main thread for 5 to 20 ms every few seconds (2026-12-01, a busy machine).
 */
export type Places<T> = {
  readonly size: number;
  /** Returns the place, which is free again once the object is removed. */
  add(item: T): number;
  get(place: number): T | undefined;
  /** Returns the removed object; undefined when the place is free. */
  remove(place: number): T | undefined;
  /** The objects and their places. It may be changed meanwhile. */
  entries(): Iterable<readonly [place: number, item: T]>;
};

/** The number of places is the most objects that were under way at once. */
export function createPlaces<T>(): Places<T> {
  const items: (T | undefined)[] = [];
  const free: number[] = [];

  return {
    get size() {
      return items.length - free.length;
    },
    add(item) {
      const place = free.pop() ?? items.length;
      items[place] = item;
      return place;
    },
    get: (place) => items[place],
    remove(place) {
      const item = items[place];
      if (item === undefined) return undefined;
      items[place] = undefined;
      free.push(place);
      return item;
    },
    *entries() {
      for (let place = 0; place < items.length; place += 1) {
        const item = items[place];
        if (item !== undefined) yield [place, item];
      }
    },
  };
}
