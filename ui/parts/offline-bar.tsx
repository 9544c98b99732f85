/** Says that the server does not answer, and looks again by itself until it does. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isUnanswered } from "../api/api-error.ts";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import styles from "./offline-bar.module.css";
import { useRepeat } from "./use-repeat.ts";

export function OfflineBar() {
  const client = useQueryClient();
  const isOffline = useIsOffline();
  const retry = (): void => void client.refetchQueries({ type: "active" });
  useRepeat(isOffline, retry);
  if (!isOffline) return null;
  return (
    <div className={styles["bar"]} role="alert">
      {words.offline}
      <Button onClick={retry}>{words.retry}</Button>
    </div>
  );
}

/**
 * Whether a read that is shown got no answer. A first read forgets its failure when it is tried again, so the bar
 * stays until a read has ended otherwise.
 */
function useIsOffline(): boolean {
  const client = useQueryClient();
  const [isOffline, setOffline] = useState(false);
  useEffect(() => {
    const cache = client.getQueryCache();
    return cache.subscribe(() => {
      const reads = cache.findAll({ type: "active" }).map(({ state }) => state);
      if (reads.some(({ error }) => isUnanswered(error))) setOffline(true);
      else if (
        reads.some(({ status, fetchStatus }) => status !== "pending" && fetchStatus === "idle")
      )
        setOffline(false);
    });
  }, [client]);
  return isOffline;
}
