/** Since when the page is not live, so that it can say how old its view may be, and how busy its server is. */
import { useSyncExternalStore } from "react";
import { createLivePace } from "./live-times.ts";

/** That of the stream of this page. */
export const livePace = createLivePace();

/** A stream that ends is opened again after a second; a shorter gap is not worth a word. */
const PATIENCE_MS = 3_000;

const listeners = new Set<() => void>();
let lostAt: number | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Null while the stream is open, and when there is none. */
export function useLostAt(): number | null {
  return useSyncExternalStore(subscribe, () => lostAt);
}

export function noteStream(isOpen: boolean): void {
  if (isOpen) {
    clearTimeout(timer);
    timer = undefined;
    show(null);
    return;
  }
  const at = Date.now();
  if (lostAt === null) timer ??= setTimeout(() => show(at), PATIENCE_MS);
}

function show(at: number | null): void {
  lostAt = at;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
