/** The attempts of an endpoint, newest first; the answer of the chosen one opens beside them. */
import { useList, type Row } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { buttonClass } from "../parts/button.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { Split } from "../parts/panel.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { toDuration } from "../parts/time-format.ts";
import { useSearchState } from "../parts/use-search.ts";
import { useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import { ResultMark } from "./attempts/attempt-answer.tsx";
import { AttemptPanel } from "./attempts/attempt-panel.tsx";
import type { EndpointPath } from "./endpoint-types.ts";
import { useSendAgain } from "./text/send-again.tsx";
import styles from "./endpoint-page.module.css";

const REFETCH_MS = 3_000;

type Attempt = Row<"GET /api/v1/app/{app}/attempt/endpoint/{endpoint}">;

/** `status` 2 lists failed attempts only. */
export function EndpointAttempts(p: { readonly path: EndpointPath; readonly status: 2 | null }) {
  const { search } = useSearchState();
  const paths = useAppPaths();
  const { can } = useFace();
  const sendAgain = useSendAgain();
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
          <AttemptPanel
            attempt={open}
            link={{ label: texts.open, target: paths.event(open.msgId) }}
          />
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
        onSendAgain={
          can("CreateAttempts")
            ? ({ msgId, endpointId }) => void sendAgain([{ event: msgId, endpoint: endpointId }])
            : undefined
        }
        empty={
          p.status === null ? (
            <EmptyState
              title={texts.empty}
              action={
                can("CreateAttempts") && (
                  <PageLink
                    target={paths.endpoint(p.path.endpoint, { tab: "test" })}
                    className={buttonClass()}
                  >
                    {endpointWords.sendTest}
                  </PageLink>
                )
              }
            >
              {texts.emptyHint}
            </EmptyState>
          ) : (
            <EmptyState title={texts.noFailed}>{texts.noFailedHint}</EmptyState>
          )
        }
      />
    </Split>
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
