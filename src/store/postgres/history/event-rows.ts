import type { Connection } from "../connection.ts";
import type { Node } from "../cluster/node.ts";

/** A connection of a node, with the node's horizon. */
export type NodeConnection = Connection & { readonly node: Node };

/**
 * SQL that looks up each row's event by its seq, in its day, in a form that the planner cannot change. With a
 * plain join, five hundred rows are enough to make it read whole days.
 */
export function eventOfRow(columns: string, p: { seq: string; where?: string }): string {
  const where = p.where === undefined ? "" : `AND ${p.where}`;
  return `LATERAL (SELECT ${columns} FROM event WHERE event.seq = ${p.seq} ${where} LIMIT 1) AS event`;
}
