/** One delivery: its verdict, its attempts with their answers, and the request as the receiver gets it. */
import { toMark } from "../../../src/core/verdict.ts";
import { useRead } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ReadState } from "../../parts/states.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { Time } from "../../parts/time.tsx";
import { useKeys } from "../../parts/use-keys.ts";
import { useSearchState } from "../../parts/use-search.ts";
import { useAppId } from "../../use-paths.ts";
import { attemptWords } from "../../words/attempts.ts";
import { textWords } from "../../words/texts.ts";
import { AttemptAnswer } from "../attempts/attempt-answer.tsx";
import { RequestView } from "../attempts/request-view.tsx";
import { labelOf } from "./endpoint-label.ts";
import type { Cell, EventOfText, MarkedEndpoint } from "./endpoint-label.ts";
import { useSendAgain } from "./send-again.tsx";
import styles from "./text.module.css";
import { useSentence } from "./use-sentence.ts";

const { panel: panelWords } = textWords;
type Mark = Cell["attempts"][number];

export function DeliveryPanel(p: {
  readonly event: EventOfText;
  readonly cell: Cell;
  readonly endpoint: MarkedEndpoint | undefined;
  readonly onClose: () => void;
}) {
  const { event, cell, endpoint } = p;
  const { search } = useSearchState();
  const { can } = useFace();
  const toSentence = useSentence();
  const sendAgain = useSendAgain();
  const attempt = cell.attempts.find(({ id }) => id === search["attempt"]) ?? cell.attempts.at(-1);
  const place = { event: event.id, endpoint: cell.endpointId };
  const again = (): void => void sendAgain([place]);
  useKeys(can("CreateAttempts") ? [{ keys: "r", label: textWords.sendAgain, run: again }] : []);
  return (
    <Panel
      title={`${event.eventType} → ${labelOf(endpoint)}`}
      onClose={p.onClose}
      actions={
        can("CreateAttempts") && (
          <Button aria-keyshortcuts="r" onClick={again}>
            {textWords.sendAgain}
          </Button>
        )
      }
    >
      <p>
        <StatusMark state={toMark(cell.verdict)} isBoxed /> {toSentence(cell.verdict)}
      </p>
      <Attempts attempts={cell.attempts} chosen={attempt?.id ?? null} />
      <Tabs
        label={panelWords.attempts}
        tabs={[
          {
            id: "answer",
            label: attemptWords.answer,
            content: <AnswerView event={event.id} attempt={attempt} />,
          },
          {
            id: "request",
            label: attemptWords.request,
            content: <RequestView {...place} part={cell.part} />,
          },
        ]}
      />
    </Panel>
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

function AnswerView({
  event,
  attempt,
}: {
  readonly event: string;
  readonly attempt: Mark | undefined;
}) {
  if (attempt === undefined) return <p>{panelWords.none}</p>;
  return <AnswerOf event={event} attempt={attempt} />;
}

function AnswerOf({ event, attempt }: { readonly event: string; readonly attempt: Mark }) {
  const app = useAppId();
  const read = useRead("GET /api/v1/app/{app}/msg/{msg}/attempt/{attempt}", {
    path: { app, msg: event, attempt: attempt.id },
  });
  return (
    <ReadState read={read} skeletonRows={3}>
      {(answer) => <AttemptAnswer attempt={answer} number={attempt.attempt} />}
    </ReadState>
  );
}
