/**
 * Ends the connections of clients that do not read their responses (I5). Making a response may take as long
 * as needed. From its first byte on, the client must read a minimum amount in each window.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createPlaces } from "../core/places.ts";

export type AnswerPace = {
  readonly windowMs: number;
  /** Minimum bytes that a client must read in a window, unless none are left to read. */
  readonly windowBytes: number;
};

export type AnswerDeadline = {
  /** Watches the response until it has been sent or its connection is gone. Call it once for each response. */
  watch(response: ServerResponse): void;
  /** Ends responses that are too slow; called periodically. `now` is in milliseconds of a monotonic clock. */
  sweep(now: number): void;
};

type Watched = { readonly response: ServerResponse; since: number | null; leftBefore: number };

export function createAnswerDeadline({ windowMs, windowBytes }: AnswerPace): AnswerDeadline {
  const watched = createPlaces<Watched>();
  return {
    watch(response) {
      if (response.destroyed) return;
      const place = watched.add({ response, since: null, leftBefore: 0 });
      // A response closes once, and `once` would make three more objects.
      response.on("close", () => watched.remove(place));
    },
    sweep(now) {
      for (const [, one] of watched.entries()) {
        const { socket } = one.response;
        // With nothing to send, the response does not wait for the client.
        if (socket === null || socket.writableLength === 0) {
          one.since = null;
          continue;
        }
        const left = bytesLeft(socket);
        if (one.since === null) {
          one.since = now;
          one.leftBefore = left;
        } else if (now - one.since >= windowMs) {
          if (left - one.leftBefore < windowBytes) socket.destroy();
          one.since = now;
          one.leftBefore = left;
        }
      }
    },
  };
}

/** Returns the bytes that the kernel has taken. */
function bytesLeft({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength;
}
