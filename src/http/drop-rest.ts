/**
 * Reads the rest of a body that is refused for its size. A client that writes its whole request before it
 * reads would get a reset and never see the reason. So the rest is read and dropped up to a limit.
 */
import type { IncomingMessage } from "node:http";

/** Four times the largest default limit. A client that sends more is disconnected. */
export const MOST_DROPPED_BYTES = 32 * 1024 * 1024;

export function dropRest(request: IncomingMessage): void {
  let dropped = 0;
  request.on("data", (bytes: Buffer) => {
    dropped += bytes.length;
    if (dropped > MOST_DROPPED_BYTES) request.socket.destroy();
  });
}
