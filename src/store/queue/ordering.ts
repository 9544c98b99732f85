/**
 * The order of deliveries with the same ordering key at one endpoint: that of their numbers. The first pending
 * one has a due time. Those behind it have none, and no claim sees them. Each step is one search in the index
 * `delivery_keyed`, however many wait behind.
 */
import type { OrderKey } from "./queue-statements.ts";

/** Selects the pending deliveries of a key, whose parts are SQL expressions. */
export function pendingOfKeySql(endpointSeq: string, orderingKey: string): string {
  return `delivery.endpoint_seq = ${endpointSeq} AND delivery.ordering_key = ${orderingKey}
    AND delivery.state = 0`;
}

/** The order in a group of new deliveries, which are planned before any of them is stored. */
export type KeyOrder = {
  /** Whether a delivery of the key is pending or was planned before; the next one is behind this one. */
  isBehind(endpointSeq: number, orderingKey: string): boolean;
  /** The number of a new delivery of the key: `seq`, or a later one when that is before another delivery. */
  assignSeq(endpointSeq: number, orderingKey: string, seq: number): number;
};

/**
 * `pending` has the last pending delivery of each key. `nextAfter` returns a number above that of a delivery:
 * nodes reserve numbers in blocks, so the next number of a node may be too low.
 */
export function createKeyOrder(
  pending: readonly (Omit<OrderKey, "appSeq"> & { readonly seq: number })[],
  nextAfter: (seq: number) => number,
): KeyOrder {
  const last = new Map(pending.map((row) => [toText(row.endpointSeq, row.orderingKey), row.seq]));
  const taken = new Set(last.keys());
  return {
    isBehind(endpointSeq, orderingKey) {
      const text = toText(endpointSeq, orderingKey);
      if (taken.has(text)) return true;
      taken.add(text);
      return false;
    },
    assignSeq(endpointSeq, orderingKey, seq) {
      const text = toText(endpointSeq, orderingKey);
      const before = last.get(text) ?? 0;
      const behind = seq > before ? seq : nextAfter(before);
      last.set(text, behind);
      return behind;
    },
  };
}

function toText(endpointSeq: number, orderingKey: string): string {
  return `${endpointSeq} ${orderingKey}`;
}
