/** One connection that listens for notifications of other nodes; it is opened again whenever it is lost. */
import { Client } from "pg";

export type Listening = { close(): Promise<void> };

/**
 * Without a limit, a connection that is accepted and never answered would be waited for until the node stops.
 */
const CONNECT_TIMEOUT_MS = 5_000;
/** Separate from the notifications of the queue, which must not wait behind notices of many events. */
export const LIVE_CHANNEL = "live_hookline";
const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 15_000;

export function startListening(p: {
  url: string;
  onNotification: (text: string) => void;
  /** A notice of the live stream; null when some may have been lost with a connection. */
  onLive: (text: string | null) => void;
}): Listening {
  let client: Client | null = null;
  let timer: NodeJS.Timeout | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  let isClosed = false;

  async function connect(): Promise<void> {
    const next = new Client({
      connectionString: p.url,
      application_name: "hookline listen",
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    client = next;
    next.on("notification", ({ channel, payload = "" }) => {
      if (channel === LIVE_CHANNEL) p.onLive(payload);
      else p.onNotification(payload);
    });
    next.on("error", () => again(next));
    next.on("end", () => again(next));
    try {
      await next.connect();
      await next.query(`LISTEN hookline; LISTEN ${LIVE_CHANNEL}`);
      p.onLive(null);
      pauseMs = FIRST_PAUSE_MS;
    } catch {
      again(next);
    }
  }

  function again(lost: Client): void {
    if (client !== lost) return;
    client = null;
    lost.end().catch(() => undefined);
    if (isClosed) return;
    timer = setTimeout(() => void connect(), pauseMs);
    timer.unref();
    pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
  }

  void connect();
  return {
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      const last = client;
      client = null;
      await last?.end().catch(() => undefined);
    },
  };
}
