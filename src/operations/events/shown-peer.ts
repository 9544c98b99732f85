/** The receiver's address of an attempt, for the caller. */
import { isPublicAddress } from "../../net/policy/address-policy.ts";
import type { Caller } from "../keys/authenticate-caller.ts";

/**
 * Null for an internal address, unless the caller is an operator: a name that the operator allowed may lead into the
 * operator's network, whose addresses no application may learn.
 */
export function shownPeer({ role }: Pick<Caller, "role">, peer: string | null): string | null {
  if (peer === null || role !== null || isPublicAddress(peer)) return peer;
  return null;
}
