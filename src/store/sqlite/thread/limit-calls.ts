/** Limits the calls that wait for the writer (I5): publishes by their events, the others by their number. */
import { AppError } from "../../../core/error.ts";
import { createAcceptRoom, type AcceptLimits } from "../../accept/accept-room.ts";
import type { Publish } from "../../interface/accept.ts";
import type { PublishReply } from "../accept/accept.ts";
import { PUBLISH } from "./group-commit.ts";

/** Far above the number on a healthy server. */
const CALL_LIMIT = 10_000;

/** `ask` sends a call to the writer; `app` is the application of a publish. */
export function limitCalls(
  limits: AcceptLimits,
  ask: (name: string, p: unknown, app?: string) => Promise<unknown>,
) {
  const room = createAcceptRoom(limits);
  let others = 0;

  async function publish(p: Publish): Promise<PublishReply> {
    const place = room.enter(p);
    let reply: PublishReply | null = null;
    try {
      reply = (await ask(PUBLISH, p, place.app)) as PublishReply;
      return reply;
    } finally {
      room.leave(place, p, reply?.result ?? null);
    }
  }

  return {
    async run(name: string, p: unknown): Promise<unknown> {
      if (name === PUBLISH) return await publish(p as Publish);
      if (others > CALL_LIMIT) throw overloaded();
      others += 1;
      try {
        return await ask(name, p);
      } finally {
        others -= 1;
      }
    },
  };
}

function overloaded(): AppError {
  return new AppError("overloaded", "Too many calls are waiting for the store; retry later.", {
    retryAfterSeconds: 1,
  });
}
