/** The part of its quotas that a job may use, so that it never takes the room of new events (I5). */
import { limitOf } from "../../core/limits.ts";
import { loadOwnLimits } from "../tenancy/own-limits.ts";
import type { Steps, WriteSession } from "../session.ts";

/** Deliveries that may still become pending. The walk counts it down. */
export type Room = { free: number };

/** An application with half of its bytes pending leaves the other half to new events. */
export function* loadRoom(
  s: WriteSession,
  endpoint: { readonly seq: number; readonly appSeq: number },
): Steps<Room> {
  const own = yield* loadOwnLimits(s, endpoint.appSeq);
  const bytesLimit = limitOf(s.limits, own, "pendingBytes");
  const { pending, bytes } = yield* s.loadQuotas({ ...endpoint, bytesLimit });
  return { free: bytes >= bytesLimit / 2 ? 0 : Math.max(0, s.limits.pendingDeliveries - pending) };
}
