/** The attempts of an endpoint, newest first; the answer of the chosen one opens beside them. */
import { useList, type Row } from "../api/reads.ts";
import { CopyableId } from "../parts/copyable-id.tsx";
import { Facts } from "../parts/facts.tsx";
import { Panel, Split } from "../parts/panel.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { EmptyState } from "../parts/states.tsx";
import { StatusMark } from "../parts/status-mark.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { toDuration } from "../parts/time-format.ts";
import { useSearchState } from "../parts/use-search.ts";
import { useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import type { EndpointPath } from "./endpoint-types.ts";
import styles from "./endpoint-page.module.css";

const REFETCH_MS = 3_000;

export type Attempt = Row<"GET /api/v1/app/{app}/attempt/endpoint/{endpoint}">;

/** `status` 2 lists failed attempts only. */
export function EndpointAttempts(p: { readonly path: EndpointPath; readonly status: 2 | null }) {
  const { search, setSearch } = useSearchState();
  const paths = useAppPaths();
  const { attempts: texts } = endpointWords;
  const list = useList(
    "GET /api/v1/app/{app}/attempt/endpoint/{endpoint}",
    { path: p.path, query: { with_msg: true, ...(p.status === null ? {} : { status: p.status }) } },
    { refetchMs: REFETCH_MS },
  );
  const open = list.rows.find(({ id }) => id === search["attempt"]);
  return (
    <Split
      panel={
        open === undefined ? null : (
          <Panel title={texts.answer} onClose={() => setSearch({ attempt: undefined })}>
            <AttemptAnswer attempt={open} />
            <p>
              <PageLink target={paths.event(open.msgId)}>{texts.open}</PageLink>
            </p>
          </Panel>
        )
      }
    >
      <Table
        label={endpointWords.tabs[p.status === null ? "attempts" : "failed"]}
        list={list}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        target={({ id }) => paths.endpoint(p.path.endpoint, { ...search, attempt: id })}
        current={open?.id ?? null}
        empty={
          p.status === null ? (
            <EmptyState title={texts.empty}>{texts.emptyHint}</EmptyState>
          ) : (
            <EmptyState title={texts.noFailed} />
          )
        }
      />
    </Split>
  );
}

export function AttemptAnswer({ attempt }: { readonly attempt: Attempt }) {
  const { attempts: texts } = endpointWords;
  return (
    <>
      <Facts
        rows={[
          [texts.result, <ResultMark key="result" attempt={attempt} />],
          [texts.duration, toDuration(attempt.responseDurationMs)],
          [texts.time, <Time key="time" at={attempt.timestamp} isExact />],
          [texts.event, <CopyableId key="event" id={attempt.msgId} />],
        ]}
      />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls needs the keyboard */}
      <pre className={styles["answer"]} tabIndex={0}>
        {attempt.response}
      </pre>
    </>
  );
}

function ResultMark({ attempt }: { readonly attempt: Attempt }) {
  const { responseStatusCode: code, status } = attempt;
  return (
    <StatusMark state={status === 0 ? "delivered" : "failed"}>
      {code > 0 ? code : endpointWords.attempts.noAnswer}
    </StatusMark>
  );
}

const COLUMNS: readonly Column<Attempt>[] = [
  {
    head: endpointWords.attempts.time,
    width: "fit",
    cell: ({ timestamp }) => <Time at={timestamp} isExact />,
  },
  {
    head: endpointWords.attempts.result,
    width: "fit",
    cell: (attempt) => <ResultMark attempt={attempt} />,
  },
  {
    head: endpointWords.attempts.duration,
    align: "end",
    width: "fit",
    cell: ({ responseDurationMs }) => toDuration(responseDurationMs),
  },
  { head: endpointWords.attempts.kind, cell: ({ msg }) => msg?.eventType ?? "" },
  {
    head: endpointWords.attempts.answer,
    isWhole: true,
    cell: ({ response }) => <span className={styles["start"]}>{response.slice(0, 120)}</span>,
  },
];
