/** Looks for the attempt of a test until it is there, and shows the answer of the receiver. */
import { useEffect, useState } from "react";
import { useList } from "../api/reads.ts";
import { endpointWords } from "../words/endpoints.ts";
import { ErrorStrip } from "../parts/states.tsx";
import { AttemptAnswer } from "./attempts/attempt-answer.tsx";
import type { EndpointPath } from "./endpoint-types.ts";
import styles from "./endpoint-page.module.css";

const LOOK_EVERY_MS = 500;
const GIVE_UP_MS = 60_000;

export function TestAnswer({
  path,
  event,
}: {
  readonly path: EndpointPath;
  readonly event: string;
}) {
  const { test: texts } = endpointWords;
  const [hasGivenUp, giveUp] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => giveUp(true), GIVE_UP_MS);
    return () => clearTimeout(timer);
  }, []);
  const list = useList(
    "GET /api/v1/app/{app}/attempt/endpoint/{endpoint}",
    { path },
    hasGivenUp ? {} : { refetchMs: LOOK_EVERY_MS },
  );
  const { error, refetch } = list.query;
  const attempt = list.rows.find(({ msgId }) => msgId === event);
  return (
    <section aria-label={texts.answer} aria-live="polite">
      {error !== null && <ErrorStrip error={error} onRetry={() => void refetch()} dataAt={0} />}
      {attempt === undefined ? (
        <p className={styles["note"]}>{hasGivenUp ? texts.noAnswerYet : texts.sending}</p>
      ) : (
        <AttemptAnswer attempt={attempt} />
      )}
    </section>
  );
}
