/** Weight of a call in a group commit or in the queue before it. */
import type { Publish } from "../../interface/accept.ts";
import type { Call } from "./group-commit.ts";

export function publishSize(call: Pick<Call, "name" | "p">): { events: number; bytes: number } {
  if (call.name === "queue.record") {
    return { events: (call.p as { outcomes: readonly unknown[] }).outcomes.length, bytes: 0 };
  }
  if (call.name !== "accept.publish") return { events: 1, bytes: 0 };
  const { events } = call.p as Publish;
  let bytes = 0;
  for (const { payloadText } of events) bytes += payloadText.length;
  return { events: events.length, bytes };
}
