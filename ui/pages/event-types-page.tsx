/** The event types that an endpoint can ask for. A portal shows those of its feature flags. */
import { useList } from "../api/reads.ts";
import type { Row } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { eventTypeWords } from "../words/event-types.ts";
import { useEventTypePaths } from "./event-types/use-event-type-paths.ts";

type EventType = Row<"GET /api/v1/event-type">;

const { columns: heads } = eventTypeWords;
const NAME: Column<EventType> = {
  head: heads.name,
  width: "fit",
  cell: ({ name, archived }) => (archived ? `${name} (${eventTypeWords.archived})` : name),
};
const DESCRIPTION: Column<EventType> = {
  head: heads.description,
  isWhole: true,
  cell: ({ description }) => description,
};
const OPERATOR_COLUMNS: readonly Column<EventType>[] = [
  NAME,
  DESCRIPTION,
  { head: heads.group, width: "fit", cell: ({ groupName }) => groupName ?? "" },
  { head: heads.changed, width: "fit", cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

export function EventTypesPage() {
  const paths = useEventTypePaths();
  const isOperator = useFace().kind === "operator";
  const list = useList("GET /api/v1/event-type", {
    query: isOperator ? { include_archived: true } : {},
  });
  return (
    <>
      <PageHead title={paths.title} />
      {list.rows.length > 0 && (
        <AnswerLine>{eventTypeWords.count(list.rows.length, list.hasMore)}</AnswerLine>
      )}
      <Table
        label={paths.title}
        columns={isOperator ? OPERATOR_COLUMNS : [NAME, DESCRIPTION]}
        list={list}
        rowKey={({ name }) => name}
        target={({ name }) => paths.one(name)}
        empty={
          <EmptyState title={eventTypeWords.emptyTitle}>
            {isOperator ? eventTypeWords.emptyHint : null}
          </EmptyState>
        }
      />
    </>
  );
}
