import type { Socket } from "node:net";

/**
 * Ends a connection with a RST. A connection that has already sent its end is closed instead. Node 24.21
 * forgets to close a socket that is reset while it shuts down, and a process with such a socket never exits.
 */
export function reset(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
