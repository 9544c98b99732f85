/**
 * So many answers at once for each key, a connection or a caller; a further request starts when one
 * of them has left. Node reads pipelined requests eagerly, and an application may ask for hundreds
 * of large pages at once: all their answers would be made, and pile up in memory behind clients that
 * do not read them (I5).
 */
import type { ServerResponse } from "node:http";

export type TurnLimits = {
  readonly atOnce: number;
  readonly waitingPerKey: number;
  readonly waitingInAll: number;
};

export type Turn = {
  readonly key: unknown;
  readonly response: ServerResponse;
  /** Called now, or later; never when the connection ends first. */
  readonly start: () => void;
  /** Called at once when too many wait. */
  readonly refuse: () => void;
};

type Line = { underWay: number; readonly waiting: Turn[] };

export type AnswerTurns = { take(turn: Turn): void };

export function createAnswerTurns(limits: TurnLimits): AnswerTurns {
  /** Of the keys that have an answer under way. */
  const lines = new Map<unknown, Line>();
  let waitingInAll = 0;

  function begin({ key, response, start }: Turn, line: Line): void {
    line.underWay += 1;
    response.once("close", () => {
      line.underWay -= 1;
      startNext(key, line);
    });
    start();
  }

  function startNext(key: unknown, line: Line): void {
    let next: Turn | undefined;
    do {
      next = line.waiting.shift();
      if (next !== undefined) waitingInAll -= 1;
    } while (next !== undefined && isGone(next.response));
    if (next !== undefined) begin(next, line);
    else if (line.underWay === 0) lines.delete(key);
  }

  return {
    take(turn) {
      const line = lines.get(turn.key) ?? { underWay: 0, waiting: [] };
      if (line.underWay < limits.atOnce) {
        lines.set(turn.key, line);
        return begin(turn, line);
      }
      const { waiting } = line;
      if (waiting.length >= limits.waitingPerKey || waitingInAll >= limits.waitingInAll) {
        return turn.refuse();
      }
      waitingInAll += 1;
      waiting.push(turn);
    },
  };
}

/** A connection that is gone, or ends after its last answer, carries no other. */
function isGone({ destroyed, req: { socket } }: ServerResponse): boolean {
  return destroyed || socket.destroyed || socket.writableEnded;
}
