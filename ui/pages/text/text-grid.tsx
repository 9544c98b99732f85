/** Events as rows, endpoints as columns, and a mark per attempt. On a small screen each event is a list. */
import { toMark } from "../../../src/core/verdict.ts";
import { classNames } from "../../parts/class-names.ts";
import { StatusMark } from "../../parts/status-mark.tsx";
import { Time } from "../../parts/time.tsx";
import { useSearchState } from "../../parts/use-search.ts";
import { words } from "../../words.ts";
import { attemptWords } from "../../words/attempts.ts";
import { textWords } from "../../words/texts.ts";
import { dialectOf, inColumns, labelOf } from "./endpoint-label.ts";
import type { Cell, EventOfText, MarkedEndpoint, Story } from "./endpoint-label.ts";
import styles from "./text-grid.module.css";
import { useSentence } from "./use-sentence.ts";

export function TextGrid({ story }: { readonly story: Story }) {
  const endpoints = inColumns(story.endpoints);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls needs the keyboard
    <div className={styles["frame"]} tabIndex={0} role="region" aria-label={textWords.timeline}>
      <table className={styles["grid"]} aria-label={textWords.timeline}>
        <thead>
          <tr>
            <th scope="col">{textWords.columns.time}</th>
            <th scope="col">{textWords.columns.event}</th>
            {endpoints.map((endpoint) => (
              <th key={endpoint.id} scope="col" title={endpoint.url}>
                <span className={styles["dialect"]}>{dialectOf(endpoint)}</span>{" "}
                <span className={styles["label"]}>{labelOf(endpoint)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {story.events.map((event) => (
            <EventRow key={event.id} event={event} endpoints={endpoints} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EventRow(p: {
  readonly event: EventOfText;
  readonly endpoints: readonly MarkedEndpoint[];
}) {
  const { event } = p;
  return (
    <tr>
      <td>
        <Time at={event.at} isExact />
      </td>
      <th scope="row">
        {event.derivedFrom !== null && <span title={textWords.derived}>⤷ </span>}
        {event.eventType} <span className={styles["note"]}>{event.note?.replaceAll("_", " ")}</span>
      </th>
      {p.endpoints.map((endpoint) => {
        const cells = event.cells.filter(({ endpointId }) => endpointId === endpoint.id);
        return (
          <td key={endpoint.id} data-label={`${dialectOf(endpoint)} ${labelOf(endpoint)}`}>
            {cells.map((cell) => (
              <CellView key={cell.part} event={event} cell={cell} />
            ))}
          </td>
        );
      })}
    </tr>
  );
}

function CellView({ event, cell }: { readonly event: EventOfText; readonly cell: Cell }) {
  const { search, setSearch } = useSearchState();
  const toSentence = useSentence();
  const { verdict, attempts } = cell;
  const mark = toMark(verdict);
  const sentence = toSentence(verdict);
  if (mark === "not_due" && attempts.length === 0) {
    return (
      <StatusMark state="not_due" title={sentence}>
        {verdict.kind.replaceAll("_", " ")}
      </StatusMark>
    );
  }
  const name = `${event.id}.${cell.endpointId}.${cell.part}`;
  const isOpen = search["cell"] === name;
  // The last attempt of a finished delivery is its verdict.
  const isOver = mark === "delivered" || mark === "failed";
  const open = (attempt?: string) => setSearch({ cell: name, attempt, tab: undefined });
  return (
    <span className={classNames(styles["cell"], isOpen && styles["open"])}>
      {attempts.map(({ id, result, statusCode, attempt }) => (
        <button
          key={id}
          type="button"
          className={styles["mark"]}
          title={sentence}
          aria-label={`${textWords.panel.attempt(attempt)}: ${statusCode || attemptWords.noAnswer}`}
          onClick={() => open(id)}
        >
          <StatusMark state={result === "success" ? "delivered" : "failed"}>
            {statusCode || attemptWords.noAnswer}
          </StatusMark>
        </button>
      ))}
      {(!isOver || attempts.length === 0) && (
        <button type="button" className={styles["mark"]} title={sentence} onClick={() => open()}>
          <StatusMark state={mark}>{words.states[mark]}</StatusMark>
        </button>
      )}
      {cell.name !== null && cell.name !== event.eventType && (
        <span className={styles["name"]}>{cell.name}</span>
      )}
    </span>
  );
}
