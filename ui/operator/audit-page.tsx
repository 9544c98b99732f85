/** The record of changes: who, when, from where, which call, which resources. */
import { useList } from "../api/reads.ts";
import type { Row } from "../api/reads.ts";
import { CopyableId } from "../parts/copyable-id.tsx";
import { FilterBar, NoMatch } from "../parts/filter-bar.tsx";
import type { Filter } from "../parts/filter.ts";
import { AppLink, EndpointLink } from "../parts/named-links.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { useSearchState } from "../parts/use-search.ts";
import { accessWords } from "../words/access.ts";
import { operatorWords } from "../words/operator.ts";

type Entry = Row<"GET /api/v1/audit">;

/** The server names so many. */
const MOST_SHOWN = 3;
const { audit } = accessWords;
/** The one verb of all calls that show masked content. */
const REVEAL = "reveal";
const COLUMNS: readonly Column<Entry>[] = [
  { head: audit.time, cell: ({ at }) => <Time at={at} />, width: "fit" },
  {
    head: audit.who,
    width: "22%",
    cell: ({ actor }) =>
      actor.kind === "admin_token"
        ? accessWords.adminToken
        : (actor.name ?? <CopyableId id={actor.id} />),
  },
  {
    head: audit.verb,
    width: "17%",
    cell: ({ verb }) => (verb === REVEAL ? audit.reveal : <code>{verb}</code>),
  },
  {
    head: audit.app,
    width: "22%",
    cell: ({ appId, appName }) =>
      appId === null ? audit.server : <AppLink id={appId} name={appName} />,
  },
  {
    head: audit.changed,
    cell: (entry) => <Changed entry={entry} />,
  },
  { head: audit.from, cell: ({ source }) => source ?? "", width: "fit" },
];

/** An app stands in its own column already. */
function Changed({ entry: { appId, ids, endpoints } }: { readonly entry: Entry }) {
  return ids
    .slice(0, MOST_SHOWN)
    .filter((id) => id !== appId)
    .map((id) => {
      const endpoint = endpoints.find((one) => one.id === id);
      if (endpoint === undefined || appId === null) return <CopyableId key={id} id={id} />;
      return <EndpointLink key={id} app={appId} id={id} name={endpoint.name} />;
    });
}

const FILTERS: readonly Filter[] = [
  {
    kind: "text",
    name: "verb",
    label: audit.verb,
    placeholder: "createEndpoint",
    hint: audit.verbHint,
  },
  { kind: "text", name: "app_id", label: audit.appId },
  { kind: "text", name: "actor_id", label: audit.actor },
];

export function AuditPage() {
  const { search } = useSearchState();
  const query = { app_id: search["app_id"], actor_id: search["actor_id"], verb: search["verb"] };
  const list = useList("GET /api/v1/audit", { query });
  return (
    <>
      <PageHead title={operatorWords.pages.audit} />
      <AnswerLine>{audit.answer}</AnswerLine>
      <FilterBar filters={FILTERS} />
      <Table
        label={operatorWords.pages.audit}
        columns={COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          Object.values(query).some(Boolean) ? (
            <NoMatch title={audit.nothing} filters={FILTERS} />
          ) : (
            <EmptyState title={audit.none}>{audit.noneHint}</EmptyState>
          )
        }
      />
    </>
  );
}
