/** The attempts of an event at all endpoints, newest first; the chosen one opens beside them. */
import { useList } from "../../api/reads.ts";
import { Split } from "../../parts/panel.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import type { Column } from "../../parts/table.tsx";
import { toDuration } from "../../parts/time-format.ts";
import { Time } from "../../parts/time.tsx";
import { useSearchState } from "../../parts/use-search.ts";
import { useAppPaths } from "../../use-paths.ts";
import { eventWords } from "../../words/events.ts";
import { ResultMark } from "../attempts/attempt-answer.tsx";
import { AttemptPanel } from "../attempts/attempt-panel.tsx";
import type { Attempt } from "../attempts/attempt-types.ts";

export function EventAttempts(p: {
  readonly path: { readonly app: string; readonly msg: string };
}) {
  const { search } = useSearchState();
  const paths = useAppPaths();
  const list = useList("GET /api/v1/app/{app}/attempt/msg/{msg}", { path: p.path });
  const open = list.rows.find(({ id }) => id === search["attempt"]);
  return (
    <Split
      panel={
        open === undefined ? null : (
          <AttemptPanel
            attempt={open}
            link={{ label: eventWords.openEndpoint, target: paths.endpoint(open.endpointId) }}
          />
        )
      }
    >
      <Table
        label={eventWords.attempts}
        columns={COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        target={({ id }) => paths.event(p.path.msg, { ...search, attempt: id })}
        current={open?.id ?? null}
        empty={<EmptyState title={eventWords.noAttempt}>{eventWords.noAttemptHint}</EmptyState>}
      />
    </Split>
  );
}

const { columns: heads } = eventWords;
const COLUMNS: readonly Column<Attempt>[] = [
  { head: heads.time, width: "fit", cell: ({ timestamp }) => <Time at={timestamp} isExact /> },
  {
    head: heads.status,
    width: "fit",
    cell: (attempt) => <ResultMark attempt={attempt} />,
  },
  { head: heads.endpoint, cell: ({ url }) => url },
  {
    head: heads.took,
    width: "fit",
    align: "end",
    cell: ({ responseDurationMs }) => toDuration(responseDurationMs),
  },
  { head: heads.answer, isWhole: true, cell: ({ response }) => response.slice(0, 200) },
];
