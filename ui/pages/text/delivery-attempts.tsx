/** The attempts of one delivery with their answers, and the request as the receiver gets it. */
import { useRead } from "../../api/reads.ts";
import { Button } from "../../parts/button.tsx";
import { ReadState } from "../../parts/states.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { Time } from "../../parts/time.tsx";
import { useSearchState } from "../../parts/use-search.ts";
import { attemptWords } from "../../words/attempts.ts";
import { textWords } from "../../words/texts.ts";
import { AttemptAnswer } from "../attempts/attempt-answer.tsx";
import { RequestView } from "../attempts/request-view.tsx";
import type { Cell } from "./endpoint-label.ts";
import styles from "./text.module.css";

const { panel: panelWords } = textWords;
type Mark = Pick<
  Cell["attempts"][number],
  "id" | "at" | "attempt" | "statusCode" | "result" | "manual"
>;
type Subject = { readonly app: string; readonly event: string };

/** The chosen attempt is in the address; without one it is the last. */
export function DeliveryAttempts(
  p: Subject & {
    readonly endpoint: string;
    readonly part: number;
    /** The oldest first. */
    readonly attempts: readonly Mark[];
  },
) {
  const { search } = useSearchState();
  const attempt = p.attempts.find(({ id }) => id === search["attempt"]) ?? p.attempts.at(-1);
  return (
    <>
      <Attempts attempts={p.attempts} chosen={attempt?.id ?? null} />
      <Tabs
        label={panelWords.attempts}
        tabs={[
          {
            id: "answer",
            label: attemptWords.answer,
            content:
              attempt === undefined ? (
                <p>{panelWords.none}</p>
              ) : (
                <AnswerOf app={p.app} event={p.event} attempt={attempt} />
              ),
          },
          {
            id: "request",
            label: attemptWords.request,
            content: (
              <RequestView app={p.app} event={p.event} endpoint={p.endpoint} part={p.part} />
            ),
          },
        ]}
      />
    </>
  );
}

function Attempts(p: { readonly attempts: readonly Mark[]; readonly chosen: string | null }) {
  const { setSearch } = useSearchState();
  return (
    <ul className={styles["attempts"]}>
      {p.attempts.map(({ id, at, attempt, statusCode, result, manual }) => (
        <li key={id}>
          <Button
            look="quiet"
            aria-pressed={id === p.chosen}
            onClick={() => setSearch({ attempt: id }, { isReplaced: true })}
          >
            {panelWords.attempt(attempt)}{" "}
            <StatusMark state={result === "success" ? "delivered" : "failed"}>
              {statusCode || attemptWords.noAnswer}
            </StatusMark>
            <Time at={at} isExact /> {manual && panelWords.manual}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function AnswerOf({ app, event, attempt }: Subject & { readonly attempt: Mark }) {
  const read = useRead("GET /api/v1/app/{app}/msg/{msg}/attempt/{attempt}", {
    path: { app, msg: event, attempt: attempt.id },
  });
  return (
    <ReadState read={read} skeletonRows={3}>
      {(answer) => <AttemptAnswer app={app} attempt={answer} number={attempt.attempt} />}
    </ReadState>
  );
}
