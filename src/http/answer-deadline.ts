/**
 * Ends the connections of clients that do not read their answers (I5). An answer may take as long as
 * it needs to be made; from its first byte on, the client has to take a least amount in each window.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

export type AnswerPace = {
  readonly windowMs: number;
  /** The least that a client has to take in a window, unless it has all that is there. */
  readonly windowBytes: number;
};

export type AnswerDeadline = {
  /** Watches until the answer has left or its connection is gone. */
  watch(response: ServerResponse): void;
  /** Ends what is too slow; called now and then. Instants are milliseconds of one steady clock. */
  sweep(now: number): void;
};

type Watched = { since: number | null; leftBefore: number };

export function createAnswerDeadline({ windowMs, windowBytes }: AnswerPace): AnswerDeadline {
  const watched = new Map<ServerResponse, Watched>();
  return {
    watch(response) {
      if (response.destroyed || watched.has(response)) return;
      watched.set(response, { since: null, leftBefore: 0 });
      response.once("close", () => watched.delete(response));
    },
    sweep(now) {
      for (const [response, one] of watched) {
        const { socket } = response;
        // Without anything to send, it is not the client that the answer waits for.
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

/** What the kernel has taken from us. */
function bytesLeft({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength;
}
