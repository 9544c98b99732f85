/** Connections that wait for their next request, by origin and in the order in which they became idle. */

/** The part of a connection by which it is found. */
type Pooled = { readonly origin: { readonly poolKey: string }; readonly idleUntilMs: number };

export type IdleConnections<C extends Pooled> = {
  add(connection: C): void;
  /** Does nothing if the connection is not idle. */
  remove(connection: C): void;
  /** Returns the connection of the origin that became idle last. */
  newest(poolKey: string): C | undefined;
  /**
   * Returns the connection to close for a new one of this origin. An origin with many idle connections
   * closes its own first, so one fan-out does not close those of all others.
   */
  oldest(poolKey: string): C | undefined;
  all(): Iterable<C>;
  allOf(poolKey: string): readonly C[];
  size(): number;
};

export function createIdleConnections<C extends Pooled>(shareLimit: number): IdleConnections<C> {
  const idle = new Set<C>();
  const byKey = new Map<string, C[]>();

  return {
    add(connection) {
      idle.add(connection);
      const { poolKey } = connection.origin;
      const stack = byKey.get(poolKey);
      if (stack === undefined) byKey.set(poolKey, [connection]);
      else stack.push(connection);
    },
    remove(connection) {
      if (!idle.delete(connection)) return;
      const { poolKey } = connection.origin;
      const stack = byKey.get(poolKey);
      if (stack === undefined) return;
      if (stack.at(-1) === connection) stack.pop();
      else stack.splice(stack.indexOf(connection), 1);
      if (stack.length === 0) byKey.delete(poolKey);
    },
    newest: (poolKey) => byKey.get(poolKey)?.at(-1),
    oldest(poolKey) {
      const own = byKey.get(poolKey);
      const isLarge = own !== undefined && own.length >= shareLimit;
      return isLarge ? own[0] : idle.values().next().value;
    },
    all: () => idle,
    allOf: (poolKey) => byKey.get(poolKey)?.slice() ?? [],
    size: () => idle.size,
  };
}
