import type { Socket } from "node:net";

/**
 * Ends a connection with a RST. One that has said its own end is closed instead: Node 24.21 forgets to
 * close a socket that is reset while it shuts down, and a process that has such a one never ends.
 */
export function reset(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
