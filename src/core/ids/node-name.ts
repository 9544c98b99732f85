/**
 * Names of nodes in the store. A name has a KSUID, which says when the node started, and the version of its program.
 * Other nodes then know both without a column.
 */
import { isKsuid, ksuidTime } from "./ksuid.ts";

export function toNodeName(p: { readonly ksuid: string; readonly version: string }): string {
  return `${p.ksuid}_${p.version}`;
}

/** The owner of shards whose engine is one of the node's sender threads. */
export function toSenderName(node: string, number: number): string {
  return `${node}/${number}`;
}

/** The node of an owner, which is the node itself or one of its sender threads. */
export function nodeOfOwner(owner: string): string {
  return owner.replace(/\/\d+$/, "");
}

/** Null for each part that the name does not have. */
export function parseNodeName(name: string): {
  readonly startedAt: number | null;
  readonly version: string | null;
} {
  const [ksuid = "", version = null] = name.split(/_(.*)/);
  return { startedAt: isKsuid(ksuid) ? ksuidTime(ksuid) : null, version };
}
