/**
 * One answer at a time on each connection. Node reads pipelined requests eagerly, and the answers
 * to all of them would pile up in memory behind one that the client does not read (I5). So a request
 * starts when the answer before it has left. RFC 9112 9.3.2 lets a server close instead, which is
 * what happens beyond the bounds.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

export type TurnLimits = {
  /** Requests of one connection that wait behind the answer before them. */
  readonly waitingPerConnection: number;
  readonly waitingInAll: number;
};

type Line = { readonly waiting: (() => void)[] };

export type AnswerTurns = {
  /** Calls `start` now, or when the answers before it have left; never when the connection ends first. */
  take(turn: {
    readonly socket: Socket;
    readonly response: ServerResponse;
    readonly start: () => void;
  }): void;
};

export function createAnswerTurns(limits: TurnLimits): AnswerTurns {
  /** Of the connections that have an answer under way. */
  const lines = new WeakMap<Socket, Line>();
  let waitingInAll = 0;

  function goOn(socket: Socket): void {
    const line = lines.get(socket);
    if (line === undefined) return;
    // A connection that ends after its last answer carries no other.
    const dropped = socket.destroyed || socket.writableEnded ? line.waiting.splice(0).length : 0;
    waitingInAll -= dropped;
    const next = line.waiting.shift();
    if (next === undefined) return void lines.delete(socket);
    waitingInAll -= 1;
    next();
  }

  return {
    take({ socket, response, start }) {
      const begin = (): void => {
        response.once("close", () => goOn(socket));
        start();
      };
      const line = lines.get(socket);
      if (line === undefined) {
        lines.set(socket, { waiting: [] });
        return begin();
      }
      const { waiting } = line;
      if (waiting.length >= limits.waitingPerConnection || waitingInAll >= limits.waitingInAll) {
        return void socket.destroy();
      }
      waitingInAll += 1;
      waiting.push(begin);
    },
  };
}
