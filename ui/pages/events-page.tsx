/** The events of an app, newest first, with a mark for each endpoint. */
import { MARKS, toMark } from "../../src/core/verdict.ts";
import { useList } from "../api/reads.ts";
import type { Row } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { FilterBar, NoMatch } from "../parts/filter-bar.tsx";
import type { Filter } from "../parts/filter.ts";
import { Names } from "../parts/names.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { useToast } from "../parts/toast.tsx";
import { useBounds } from "../parts/use-bounds.ts";
import { useSearchState } from "../parts/use-search.ts";
import { useAppId, useAppPaths } from "../use-paths.ts";
import { words } from "../words.ts";
import { eventWords } from "../words/events.ts";
import { Marks } from "./text/marks.tsx";
import { TestLink } from "./test-link.tsx";
import { useSendAgain } from "./text/send-again.tsx";

type Event = Row<"GET /api/v1/app/{app}/msg">;

const { filters: names, columns: heads } = eventWords;
const FILTERS: readonly Filter[] = [
  { kind: "text", name: "event_types", label: names.type },
  { kind: "text", name: "tag", label: names.tag },
  { kind: "text", name: "channel", label: names.channel },
  { kind: "text", name: "endpoint_id", label: names.endpoint },
  {
    kind: "choice",
    name: "state",
    label: names.state,
    options: MARKS.map((value) => ({ value, label: words.states[value] })),
  },
  { kind: "text", name: "number", label: names.number, hint: eventWords.numberHint },
  { kind: "text", name: "message_id", label: names.message },
  { kind: "text", name: "contains", label: names.contains, hint: eventWords.containsHint },
  { kind: "text", name: "field", label: names.field, hint: eventWords.fieldHint },
  { kind: "range", name: "range", label: names.range },
];
const ASKED = FILTERS.flatMap(({ kind, name }) => (kind === "range" ? [] : [name]));

export function EventsPage() {
  const app = useAppId();
  const paths = useAppPaths();
  const { can } = useFace();
  const toast = useToast();
  const sendAgain = useSendAgain();
  const { search } = useSearchState();
  const { since: after, until: before } = useBounds(search);
  const chosen = Object.fromEntries(
    ASKED.flatMap((name) => (search[name] ? [[name, search[name]]] : [])),
  );
  const query = {
    ...chosen,
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
  const list = useList("GET /api/v1/app/{app}/msg", {
    path: { app },
    query: { ...query, with_deliveries: true, with_content: false },
  });
  const again = ({ id: event, marks }: Event): void => {
    const places = (marks ?? [])
      .filter(({ verdict }) => !["delivered", "not_due"].includes(toMark(verdict)))
      .map(({ endpointId: endpoint }) => ({ event, endpoint }));
    if (places.length === 0) toast({ title: eventWords.nothingToSend });
    else void sendAgain(places);
  };
  const isFiltered = Object.keys(query).length > 0;
  return (
    <>
      <PageHead title={eventWords.title} />
      <FilterBar filters={FILTERS} />
      <Table
        label={eventWords.title}
        columns={COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        target={({ id }) => paths.event(id)}
        onSendAgain={can("CreateAttempts") ? again : undefined}
        empty={
          isFiltered ? (
            <NoMatch title={eventWords.emptyFiltered} filters={FILTERS} />
          ) : (
            <EmptyState title={eventWords.emptyTitle} action={<TestLink />}>
              {eventWords.emptyHint}
            </EmptyState>
          )
        }
      />
    </>
  );
}

const COLUMNS: readonly Column<Event>[] = [
  { head: heads.time, width: "fit", cell: ({ timestamp }) => <Time at={timestamp} /> },
  { head: heads.type, cell: ({ eventType }) => eventType },
  { head: heads.eventId, cell: ({ eventId }) => eventId !== null && <CopyableId id={eventId} /> },
  { head: heads.tags, cell: ({ tags }) => <Names names={tags ?? []} /> },
  {
    head: heads.endpoints,
    width: "fit",
    cell: ({ marks }) => <Marks marks={marks ?? []} />,
  },
];
