/** Says that the server does not answer, and looks again by itself until it does. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import styles from "./offline-bar.module.css";

const RETRY_MS = 5_000;

export function OfflineBar() {
  const client = useQueryClient();
  const isOffline = useIsOffline();
  useEffect(() => {
    if (!isOffline) return undefined;
    const timer = setInterval(() => void client.refetchQueries({ type: "active" }), RETRY_MS);
    return () => clearInterval(timer);
  }, [isOffline, client]);
  if (!isOffline) return null;
  return (
    <div className={styles["bar"]} role="alert">
      {words.offline}
      <Button onClick={() => void client.refetchQueries({ type: "active" })}>{words.retry}</Button>
    </div>
  );
}

/** Whether the last read of anything that is shown got no answer. */
function useIsOffline(): boolean {
  const client = useQueryClient();
  const [isOffline, setOffline] = useState(false);
  useEffect(() => {
    const cache = client.getQueryCache();
    return cache.subscribe(() => {
      const failed = cache
        .findAll({ type: "active" })
        .some(({ state }) => state.error instanceof ApiError && state.error.status === 0);
      setOffline(failed);
    });
  }, [client]);
  return isOffline;
}
