/** The notifications of the live stream between nodes. */
import type { Pool } from "pg";
import type { LiveStore } from "../../interface/live.ts";
import { LIVE_CHANNEL } from "./listen.ts";

export type LiveChannel = Pick<LiveStore, "notify" | "listen"> & {
  /** Whether there is a connection for LISTEN. */
  readonly isHeard: boolean;
  /** A text has arrived; null when some may have been lost. */
  received(text: string | null): void;
};

/** `start` opens the connection for LISTEN, unless it is open. */
export function createLiveChannel(p: {
  pool: Pool;
  isHeard: boolean;
  start: () => void;
}): LiveChannel {
  let received: (text: string | null) => void = () => undefined;
  return {
    isHeard: p.isHeard,
    received: (text) => received(text),
    async notify(text) {
      await p.pool.query("SELECT pg_notify($1, $2)", [LIVE_CHANNEL, text]);
    },
    listen(listener) {
      received = listener;
      p.start();
    },
  };
}
