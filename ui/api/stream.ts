/** Reads a live stream with `fetch`, which can send the credential, and connects again when it ends. */
import { createParser } from "eventsource-parser";
import { credentialHeaders } from "./credential.ts";

/** A server that is silent for this long is gone: it sends a comment every 15 seconds. */
const SILENT_MS = 45_000;
const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 30_000;

/**
 * `onEvent` gets the kind of each event, and `connected` after each connection, since changes before it are unknown.
 * `onState` hears of each connection that opens or is lost. A refusal ends the stream. Returns a function that ends it.
 */
export function openStream(
  url: string,
  onEvent: (kind: string) => void,
  onState: (isOpen: boolean) => void,
): () => void {
  const ending = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pauseMs = FIRST_PAUSE_MS;

  async function connect(): Promise<void> {
    const silence = new AbortController();
    let watch: ReturnType<typeof setTimeout> | undefined;
    const listen = (): void => {
      clearTimeout(watch);
      watch = setTimeout(() => silence.abort(), SILENT_MS);
    };
    try {
      listen();
      const response = await fetch(url, {
        headers: { ...credentialHeaders(), accept: "text/event-stream" },
        credentials: "same-origin",
        signal: AbortSignal.any([ending.signal, silence.signal]),
      });
      if (response.status >= 400 && response.status < 500 && response.status !== 429) return;
      if (response.ok && response.body !== null) {
        pauseMs = FIRST_PAUSE_MS;
        onState(true);
        onEvent("connected");
        await readEvents(response.body, { onBytes: listen, onEvent });
      }
    } catch {
      // The connection was lost, or the server was silent.
    } finally {
      clearTimeout(watch);
    }
    if (ending.signal.aborted) return;
    onState(false);
    timer = setTimeout(() => void connect(), pauseMs);
    pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS);
  }

  void connect();
  return () => {
    clearTimeout(timer);
    ending.abort();
  };
}

async function readEvents(
  body: ReadableStream<Uint8Array>,
  p: { readonly onBytes: () => void; readonly onEvent: (kind: string) => void },
): Promise<void> {
  const parser = createParser({ onEvent: ({ event }) => p.onEvent(event ?? "message") });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    p.onBytes();
    parser.feed(decoder.decode(value, { stream: true }));
  }
}
