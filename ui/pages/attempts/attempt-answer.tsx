/** The answer of an attempt: the result, the times of its phases, headers and body. */
import { useReveal } from "../../api/reveal.ts";
import { useFace } from "../../face.tsx";
import { CopyableId } from "../../parts/copyable-id.tsx";
import { Facts } from "../../parts/facts.tsx";
import { RevealStrip } from "../../parts/reveal-strip.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import { toDuration } from "../../parts/time-format.ts";
import { Time } from "../../parts/time.tsx";
import { useMaybeAppId } from "../../use-paths.ts";
import { attemptWords } from "../../words/attempts.ts";
import type { Attempt } from "./attempt-types.ts";
import styles from "./attempt.module.css";
import { TimingBar } from "./timing-bar.tsx";

const REASONS: ReadonlyMap<string, string> = new Map(Object.entries(attemptWords.reasons));

/** `number` is that of the attempt where it was not kept with it. */
export function AttemptAnswer(p: {
  readonly attempt: Attempt;
  readonly number?: number;
  /** Needed only on a page about all apps. */
  readonly app?: string;
}) {
  const appOfPage = useMaybeAppId();
  const path = {
    app: p.app ?? appOfPage ?? "",
    msg: p.attempt.msgId,
    attempt: p.attempt.id,
  };
  const reveal = useReveal("POST /api/v1/app/{app}/msg/{msg}/attempt/{attempt}/reveal", { path });
  const attempt = reveal.answer ?? p.attempt;
  const { reason, peer } = attempt;
  const number = attempt.attempt ?? p.number;
  const isManual = attempt.triggerType === 1;
  const isTenant = useFace().kind === "tenant";
  const probe = isTenant ? attemptWords.probeOfTenant : attemptWords.probe;
  return (
    <>
      <Facts
        rows={[
          [attemptWords.result, <ResultMark key="result" attempt={attempt} />],
          ...(reason === null
            ? []
            : [[attemptWords.reason, REASONS.get(reason) ?? reason] as const]),
          [attemptWords.duration, toDuration(attempt.responseDurationMs)],
          [attemptWords.time, <Time key="time" at={attempt.timestamp} isExact />],
          ...(number === undefined
            ? []
            : [
                [
                  attemptWords.number,
                  attemptWords.ofNumber(number, attempt.probe === true ? probe : null, isManual),
                ] as const,
              ]),
          ...(attempt.resent ? [[attemptWords.resent, attemptWords.resentHint] as const] : []),
          ...(peer === undefined
            ? []
            : [
                [
                  attemptWords.peer,
                  <span key="peer" className={styles["mono"]}>
                    {peer}
                  </span>,
                ] as const,
              ]),
          [
            attemptWords.url,
            <span key="url" className={styles["mono"]}>
              {attempt.url}
            </span>,
          ],
          [attemptWords.event, <CopyableId key="event" id={attempt.msgId} />],
        ]}
      />
      {attempt.timing === undefined ? (
        <p className={styles["note"]}>{attemptWords.notKept}</p>
      ) : (
        <TimingBar attempt={attempt} />
      )}
      {hasContent(attempt) && <RevealStrip reveal={reveal} />}
      <Headers attempt={attempt} />
      {attempt.response === "" ? (
        <p className={styles["note"]}>{attemptWords.emptyAnswer}</p>
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls needs the keyboard
        <pre className={styles["body"]} tabIndex={0} aria-label={attemptWords.body}>
          {attempt.response}
        </pre>
      )}
    </>
  );
}

function hasContent({ response, headers = [] }: Attempt): boolean {
  return response !== "" || headers.length > 0;
}

/** Open from the start: people look at an attempt to see the answer. */
function Headers({ attempt }: { readonly attempt: Attempt }) {
  const { headers, headersCut } = attempt;
  if (headers === undefined) return null;
  return (
    <details className={styles["headers"]} open>
      <summary>{attemptWords.headers}</summary>
      {headers.length === 0 ? (
        <p className={styles["note"]}>{attemptWords.noHeaders}</p>
      ) : (
        <ul className={styles["list"]} aria-label={attemptWords.headers}>
          {headers.map(({ name, value }, index) => (
            // A name may come twice, and the list never changes.
            <li key={index}>
              <b>{name}:</b> {value}
            </li>
          ))}
        </ul>
      )}
      <p className={styles["note"]}>
        {headersCut === true && `${attemptWords.cut} `}
        {attemptWords.credentials}
      </p>
    </details>
  );
}

export function ResultMark({ attempt }: { readonly attempt: Attempt }) {
  const { responseStatusCode: code, status } = attempt;
  return (
    <StatusMark state={status === 0 ? "delivered" : "failed"}>
      {code > 0 ? code : attemptWords.noAnswer}
    </StatusMark>
  );
}
