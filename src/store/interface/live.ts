/** How the nodes of one store notify each other of changes, for the live streams of their clients. */

export interface LiveStore {
  /**
   * `alone`: no other node can use the store. `notified`: notices of other nodes arrive. `polled`: other nodes
   * may exist, and their notices do not arrive.
   */
  readonly reach: "alone" | "notified" | "polled";
  /**
   * Keeps the row of a node that has clients for `leaseMs`, or removes it. Says whether another node has such a
   * row now.
   */
  watch(p: {
    node: string;
    isWatching: boolean;
    leaseMs: number;
  }): Promise<{ readonly watch: boolean }>;
  /** Sends a text of at most 7,999 bytes to all nodes, outside of any transaction. It may be lost. */
  notify(text: string): Promise<void>;
  /** Texts of all nodes, with one's own. Null means that some may have been lost. */
  listen(listener: (text: string | null) => void): void;
}
