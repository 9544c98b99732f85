/**
 * Limits concurrent responses of each key, a connection or a caller. A further request starts when one of
 * them has been sent. Node reads pipelined requests eagerly, and an application may request hundreds of large
 * pages at once. Without the limit all their responses would be made, and pile up in memory behind clients
 * that do not read them (I5).
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
  /** Called now or later; never when the connection ends first. */
  readonly start: () => void;
  /** Called at once when too many wait. */
  readonly refuse: () => void;
};

type Queue = { underWay: number; readonly waiting: Turn[] };

export type AnswerTurns = { take(turn: Turn): void };

export function createAnswerTurns(limits: TurnLimits): AnswerTurns {
  /** Queues of the keys with a response in progress. */
  const queues = new Map<unknown, Queue>();
  let waitingInAll = 0;

  function begin({ key, response, start }: Turn, queue: Queue): void {
    queue.underWay += 1;
    response.on("close", () => {
      queue.underWay -= 1;
      startNext(key, queue);
    });
    start();
  }

  function startNext(key: unknown, queue: Queue): void {
    let next: Turn | undefined;
    do {
      next = queue.waiting.shift();
      if (next !== undefined) waitingInAll -= 1;
    } while (next !== undefined && isGone(next.response));
    if (next !== undefined) begin(next, queue);
    else if (queue.underWay === 0) queues.delete(key);
  }

  return {
    take(turn) {
      const queue = queues.get(turn.key) ?? { underWay: 0, waiting: [] };
      if (queue.underWay < limits.atOnce) {
        queues.set(turn.key, queue);
        return begin(turn, queue);
      }
      const { waiting } = queue;
      if (waiting.length >= limits.waitingPerKey || waitingInAll >= limits.waitingInAll) {
        return turn.refuse();
      }
      waitingInAll += 1;
      waiting.push(turn);
    },
  };
}

/** Whether the connection is gone or ends after its last response, so that it carries no other. */
export function isGone({ destroyed, req: { socket } }: ServerResponse): boolean {
  return destroyed || socket.destroyed || socket.writableEnded;
}
