/** A receiver that keeps requests open, for tests that look while attempts are in flight. */
import type { ServerResponse } from "node:http";
import { startReceiver, type Receiver } from "./receiver.ts";

export type HoldingReceiver = Receiver & { release(): void };

/** Keeps each request open until `release`, and answers later ones at once. */
export async function startHolding(
  answer = (response: ServerResponse) => void response.writeHead(200).end(),
): Promise<HoldingReceiver> {
  const held: ServerResponse[] = [];
  let isReleased = false;
  const receiver = await startReceiver((_receipt, response) => {
    if (isReleased) answer(response);
    else held.push(response);
  });
  return {
    ...receiver,
    release() {
      isReleased = true;
      for (const response of held.splice(0)) answer(response);
    },
  };
}
