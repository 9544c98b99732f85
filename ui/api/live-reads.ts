/**
 * Repeats the reads of a page when the live stream says that they are old. Changes that gather are one
 * read. A hidden page has no stream, since a browser has few connections to one server.
 */
import { useQueryClient } from "@tanstack/react-query";
import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { usePreferences } from "../preferences.ts";
import { livePace, noteStream } from "./live-state.ts";
import { openStream } from "./stream.ts";

/**
 * Parts of the paths of calls that an event makes old. Charts have a point per minute, so they repeat their reads by
 * themselves.
 */
const OLD_READS: Readonly<Record<string, RegExp>> = {
  event: /\/(?:msg|text|search|overview)\b/,
  attempt: /\/(?:msg|text|attempt|delivery|endpoint|overview)\b/,
  endpoint: /\/(?:endpoint|overview|text)\b/,
  task: /\/(?:background-task|overview)\b/,
  overview: /\/overview\b/,
  gap: /\/(?:msg|text|attempt|delivery|endpoint|overview|background-task)\b/,
  connected: /\/(?:msg|text|attempt|delivery|endpoint|stats|overview|background-task)\b/,
};

/** For all pages of a face; `app` null listens to all apps. */
export function useLiveReads(app: string | null): void {
  const client = useQueryClient();
  const { isLive } = usePreferences();
  /** The page has just read everything itself. After that, changes between two streams need a read. */
  const isNew = useRef(true);
  useEffect(() => {
    if (!isLive) return undefined;
    return whileVisible(() => listen(client, { app, isNew }));
  }, [client, app, isLive]);
}

function listen(
  client: QueryClient,
  { app, isNew }: { readonly app: string | null; readonly isNew: { current: boolean } },
): () => void {
  const kinds = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let readAt = -Infinity;
  const readAgain = (): void => {
    timer = undefined;
    readAt = performance.now();
    const old = [...kinds].flatMap((kind) => OLD_READS[kind] ?? []);
    kinds.clear();
    void client.invalidateQueries({
      predicate: ({ queryKey }) => old.some((pattern) => pattern.test(String(queryKey[0]))),
    });
  };
  const url = app === null ? "/api/v1/stream" : `/api/v1/app/${encodeURIComponent(app)}/stream`;
  const onEvent = (kind: string): void => {
    if (kind === "connected" && isNew.current) {
      isNew.current = false;
      return;
    }
    const now = performance.now();
    if (kind === "gap") livePace.noteGap(now);
    kinds.add(kind);
    timer ??= setTimeout(readAgain, livePace.toWaitMs({ readAt, now }));
  };
  /** Without a stream the page reads as often as the stream is tried, so it notices a server that is gone. */
  const onState = (isOpen: boolean): void => {
    noteStream(isOpen);
    if (!isOpen) onEvent("connected");
  };
  const close = openStream(url, onEvent, onState);
  return () => {
    clearTimeout(timer);
    close();
    noteStream(true);
  };
}

function whileVisible(begin: () => () => void): () => void {
  let end: (() => void) | null = null;
  const look = (): void => {
    const isVisible = document.visibilityState === "visible";
    if (isVisible && end === null) end = begin();
    else if (!isVisible) {
      end?.();
      end = null;
    }
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    end?.();
  };
}
