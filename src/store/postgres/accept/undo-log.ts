/**
 * Maps and lists whose changes can be undone back to a mark. So a refused publish leaves nothing in the batch
 * by which the rest of its group is decided.
 */
export type UndoLog = {
  mark(): number;
  rollback(mark: number): void;
  map<Key, Value>(): UndoableMap<Key, Value>;
  list<Item>(): UndoableList<Item>;
};
export type UndoableMap<Key, Value> = {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  entries(): Iterable<[Key, Value]>;
  /** Loads a value of the database; a rollback keeps it. */
  load(key: Key, value: Value): void;
};
export type UndoableList<Item> = {
  readonly items: readonly Item[];
  push(item: Item): void;
};

export function createUndoLog(): UndoLog {
  const undo: (() => void)[] = [];
  return {
    mark: () => undo.length,
    rollback(mark) {
      for (const step of undo.splice(mark).toReversed()) step();
    },
    map<Key, Value>() {
      const values = new Map<Key, Value>();
      return {
        get: (key: Key) => values.get(key),
        set(key: Key, value: Value) {
          const before = values.get(key);
          undo.push(() => {
            if (before === undefined) values.delete(key);
            else values.set(key, before);
          });
          values.set(key, value);
        },
        entries: () => values.entries(),
        load: (key: Key, value: Value) => void values.set(key, value),
      };
    },
    list<Item>() {
      const items: Item[] = [];
      return {
        items,
        push(item: Item) {
          undo.push(() => void items.pop());
          items.push(item);
        },
      };
    },
  };
}
