/** One delivery: its verdict, its attempts with their answers, and the request as the receiver gets it. */
import { toMark } from "../../../src/core/verdict.ts";
import { useRead } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { Facts } from "../../parts/facts.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ReadState } from "../../parts/states.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { toDuration } from "../../parts/time-format.ts";
import { Time } from "../../parts/time.tsx";
import { useCopy } from "../../parts/use-copy.ts";
import { useSearchState } from "../../parts/use-search.ts";
import { useAppId } from "../../use-paths.ts";
import { words } from "../../words.ts";
import { textWords } from "../../words/texts.ts";
import { labelOf } from "./endpoint-label.ts";
import type { Cell, EventOfText, MarkedEndpoint } from "./endpoint-label.ts";
import { useSendAgain } from "./send-again.tsx";
import styles from "./text.module.css";
import { useSentence } from "./use-sentence.ts";

const { panel: panelWords } = textWords;
type Attempt = Cell["attempts"][number];

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
  return (
    <Panel
      title={`${event.eventType} → ${labelOf(endpoint)}`}
      onClose={p.onClose}
      actions={
        can("CreateAttempts") && (
          <Button onClick={() => void sendAgain([place])}>{textWords.sendAgain}</Button>
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
            label: panelWords.answer,
            content: <AnswerView event={event.id} attempt={attempt} />,
          },
          {
            id: "request",
            label: panelWords.request,
            content: <RequestView {...place} part={cell.part} />,
          },
        ]}
      />
    </Panel>
  );
}

function Attempts(p: { readonly attempts: readonly Attempt[]; readonly chosen: string | null }) {
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
              {statusCode || panelWords.noAnswer}
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
  readonly attempt: Attempt | undefined;
}) {
  if (attempt === undefined) return <p>{panelWords.none}</p>;
  return <AnswerOf event={event} attempt={attempt} />;
}

function AnswerOf({ event, attempt }: { readonly event: string; readonly attempt: Attempt }) {
  const app = useAppId();
  const read = useRead("GET /api/v1/app/{app}/msg/{msg}/attempt/{attempt}", {
    path: { app, msg: event, attempt: attempt.id },
  });
  return (
    <ReadState read={read} skeletonRows={3}>
      {(answer) => (
        <>
          <Facts
            rows={[
              ["Status", answer.responseStatusCode || panelWords.noAnswer],
              ["Took", toDuration(answer.responseDurationMs)],
              ...(attempt.reason === null ? [] : [["Reason", attempt.reason] as const]),
              ["URL", answer.url],
            ]}
          />
          {answer.response === "" ? (
            <p className={styles["note"]}>{panelWords.emptyAnswer}</p>
          ) : (
            <pre className={styles["body"]}>{answer.response}</pre>
          )}
        </>
      )}
    </ReadState>
  );
}

function RequestView(p: {
  readonly event: string;
  readonly endpoint: string;
  readonly part: number;
}) {
  const app = useAppId();
  const { copy, isCopied } = useCopy();
  const read = useRead("GET /api/v1/app/{app}/msg/{msg}/endpoint/{endpoint}/request", {
    path: { app, msg: p.event, endpoint: p.endpoint },
    query: { part: p.part },
  });
  return (
    <ReadState read={read} skeletonRows={4}>
      {(request) => (
        <>
          <p className={styles["line"]}>
            <b>{request.method}</b> <span className={styles["url"]}>{request.url}</span>
            <Button onClick={() => copy(request.curl)}>
              {isCopied ? words.copied : panelWords.copyCurl}
            </Button>
          </p>
          <details>
            <summary>
              {panelWords.headers} ({panelWords.asSent})
            </summary>
            <Facts
              rows={request.headers.map(({ name, value, hidden }) => [
                name,
                hidden ? <i>{panelWords.hidden}</i> : value,
              ])}
            />
          </details>
          {request.body === null ? (
            <p className={styles["note"]}>{panelWords.noBody}</p>
          ) : (
            <JsonView text={request.body} label={panelWords.body} />
          )}
        </>
      )}
    </ReadState>
  );
}
