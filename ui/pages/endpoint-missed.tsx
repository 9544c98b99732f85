/** Sends the events that the endpoint missed, or its failed deliveries again, as a task. */
import { useState } from "react";
import { useChange } from "../api/reads.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { useToast } from "../parts/toast.tsx";
import { endpointWords } from "../words/endpoints.ts";
import { ENDPOINT_READS } from "./endpoint-actions.tsx";
import type { EndpointPath } from "./endpoint-types.ts";
import styles from "./endpoint-page.module.css";

const DAY_MS = 86_400_000;
/** `2026-12-01T14:02`, the form of the browser's field. */
const MINUTES = 16;

export function EndpointMissed(p: { readonly path: EndpointPath; readonly since: string | null }) {
  const note = useToast();
  const [since, write] = useState(() =>
    (p.since ?? new Date(Date.now() - DAY_MS).toISOString()).slice(0, MINUTES),
  );
  const missed = useChange(
    "POST /api/v1/app/{app}/endpoint/{endpoint}/replay-missing",
    ENDPOINT_READS,
  );
  const recover = useChange("POST /api/v1/app/{app}/endpoint/{endpoint}/recover", ENDPOINT_READS);
  const request = { path: p.path, body: { since: `${since}:00Z` } };
  const done = (title: string) => ({
    onSuccess: () => note({ title }),
    onError: (error: Error) =>
      note({ title: endpointWords.notDone, detail: error.message, isProblem: true }),
  });
  const isBusy = missed.isPending || recover.isPending;
  return (
    <div className={styles["form"]}>
      <p className={styles["note"]}>{endpointWords.missed.hint}</p>
      <Field label={endpointWords.missed.since} hint="UTC">
        {(ids) => (
          <input
            {...ids}
            type="datetime-local"
            value={since}
            onChange={({ target }) => write(target.value)}
          />
        )}
      </Field>
      <div className={styles["buttons"]}>
        <Button
          look="primary"
          disabled={isBusy || since === ""}
          onClick={() => missed.mutate(request, done(endpointWords.missedStarted))}
        >
          {endpointWords.sendMissed}
        </Button>
        <Button
          disabled={isBusy || since === ""}
          onClick={() => recover.mutate(request, done(endpointWords.failedStarted))}
        >
          {endpointWords.sendFailed}
        </Button>
      </div>
    </div>
  );
}
