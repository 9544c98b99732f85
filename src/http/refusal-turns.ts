/**
 * Makes refusals in slices. A client may send a thousand requests that are refused without any work. Made one after
 * the other, their refusals were more than half of a turn of 55 ms (2026-12-01).
 */
import type { ServerResponse } from "node:http";
import { loopTurns, type Turns } from "../operations/turns.ts";
import { isGone } from "./answer-turns.ts";

export type RefusalTurns = {
  /** Calls `refuse` later; never when the connection ends first. */
  add(response: ServerResponse, refuse: () => void): void;
};

const OWNER = "refusals";

export function createRefusalTurns(turns: Turns = loopTurns): RefusalTurns {
  const waiting: { readonly response: ServerResponse; readonly refuse: () => void }[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    const turn = turns.begin(OWNER);
    while (waiting.length > 0) {
      await turn.next();
      do {
        const next = waiting.shift();
        if (next !== undefined && !isGone(next.response)) next.refuse();
      } while (waiting.length > 0 && !turn.isOver());
    }
    isRunning = false;
  }

  return {
    add(response, refuse) {
      waiting.push({ response, refuse });
      if (!isRunning) void run();
    },
  };
}
