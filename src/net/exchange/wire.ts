/** How an exchange went on the wire. It is made once, when the exchange has ended. */
import { type AttemptTiming, NO_WIRE, type Wire } from "../../core/delivery/attempt-detail.ts";
import type { Connection } from "../connect/connections.ts";
import type { ResponseHead } from "./parse-head.ts";
import { toShownHeaders } from "./shown-headers.ts";

type Times = {
  readonly startedAtMs: number;
  /** 0 without one. */
  readonly firstByteAtMs: number;
};

export function toWire(
  p: Times & {
    readonly head: ResponseHead | null;
    /** Names and values of the request's headers alternately. */
    readonly sent: readonly string[];
    /** The latest connection; undefined when none was opened. */
    readonly connection: Connection | undefined;
  },
): Wire {
  const { head, connection } = p;
  if (connection === undefined) return NO_WIRE;
  const { headers, isCut } = head === null ? NO_WIRE : toShownHeaders(head.text, p.sent);
  const peer = connection.peer === "" ? null : connection.peer;
  return { headers, isCut, peer, timing: toTiming(connection, p) };
}

/** A kept connection was opened before, so its phases are no part of this attempt. */
function toTiming(connection: Connection, p: Times): AttemptTiming {
  const { beganAtMs, resolvedAtMs, connectedAtMs, readyAtMs, origin } = connection;
  const isKept = connection.requests > 1;
  const sentAtMs = isKept ? p.startedAtMs : readyAtMs;
  const firstByteMs = between(sentAtMs, p.firstByteAtMs);
  if (isKept) return { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs };
  return {
    dnsMs: between(beganAtMs, resolvedAtMs),
    connectMs: between(resolvedAtMs === 0 ? beganAtMs : resolvedAtMs, connectedAtMs),
    tlsMs: origin.secure ? between(connectedAtMs, readyAtMs) : null,
    firstByteMs,
  };
}

/** Null when one of the two instants did not come. */
function between(startMs: number, endMs: number): number | null {
  return startMs === 0 || endMs === 0 ? null : Math.round(endMs - startMs);
}
