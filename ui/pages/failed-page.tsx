/** Deliveries that failed for good, by the time at which they failed: of the portal's app, or of all apps. */
import { useList } from "../api/reads.ts";
import type { List } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { toCount } from "../parts/count.tsx";
import { FilterBar, NoMatch } from "../parts/filter-bar.tsx";
import type { Filter } from "../parts/filter.ts";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { Split } from "../parts/panel.tsx";
import { EmptyState } from "../parts/states.tsx";
import { StatusMark } from "../parts/status-mark.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { toHost } from "../../src/core/delivery/to-host.ts";
import { useBounds } from "../parts/use-bounds.ts";
import { useKeys } from "../parts/use-keys.ts";
import { useSearchState } from "../parts/use-search.ts";
import type { Search } from "../paths.ts";
import { failedWords } from "../words/failed.ts";
import { replayWords } from "../words/replay.ts";
import { canSendAgain, toAnswer, toFailedKey, toVerdict } from "./failed/failed-delivery.ts";
import type { Failed } from "./failed/failed-delivery.ts";
import { filtersWithout, toListQuery } from "./failed/failed-filter.ts";
import { FailedPanel } from "./failed/failed-panel.tsx";
import styles from "./failed/failed.module.css";
import { useFilteredApp } from "./failed/lookups.tsx";
import { ReplayDialog } from "./replay/replay-dialog.tsx";
import { useSendAgain } from "./text/send-again.tsx";
import { useSentence } from "./text/use-sentence.ts";

export function FailedPage() {
  const { kind, can } = useFace();
  const { search, setSearch } = useSearchState();
  const app = useFilteredApp(search);
  const list = useFailures(app, search);
  const sendAgain = useSendAgain();
  const isTenant = kind === "tenant";
  const open = list.rows.find((row) => toFailedKey(row) === search["open"]);
  const appOf = (row: Failed): string => row.app?.id ?? app ?? "";
  const send = (row: Failed): void => {
    if (!canSendAgain(row)) return;
    void sendAgain([{ event: row.msgId, endpoint: row.endpointId, app: appOf(row) }]);
  };
  const openReplay = (): void => setSearch({ replay: "failed" });
  useKeys(
    can("CreateAttempts") ? [{ keys: "R", label: replayWords.failed.title, run: openReplay }] : [],
  );
  const filters = filtersWithout(isTenant ? ["app"] : []);
  return (
    <>
      <PageHead
        title={failedWords.title}
        {...(can("CreateAttempts") && list.rows.length > 0
          ? {
              actions: (
                <Button look="primary" onClick={openReplay}>
                  {replayWords.failed.open}
                </Button>
              ),
            }
          : {})}
      />
      <Summary list={list} />
      <FilterBar filters={filters} />
      <Split
        panel={
          open === undefined ? null : (
            <FailedPanel
              key={toFailedKey(open)}
              app={appOf(open)}
              row={open}
              onSend={() => send(open)}
              onClose={() => setSearch({ open: undefined, attempt: undefined, tab: undefined })}
            />
          )
        }
      >
        <Table
          label={failedWords.title}
          columns={toColumns(!isTenant && app === null)}
          list={list}
          rowKey={toFailedKey}
          target={(row) => ({
            to: "/failed",
            search: { ...search, open: toFailedKey(row), attempt: undefined },
          })}
          {...(can("CreateAttempts") ? { onSendAgain: send } : {})}
          current={open === undefined ? null : toFailedKey(open)}
          empty={
            <Nothing filters={filters} isFiltered={filters.some(({ name }) => search[name])} />
          }
        />
      </Split>
      {search["replay"] === "failed" && can("CreateAttempts") && (
        <ReplayDialog
          scope={{ kind: "failed", app, endpoint: null }}
          holder={{ search, setSearch }}
          onClose={() => setSearch({ replay: undefined })}
        />
      )}
    </>
  );
}

function useFailures(app: string | null, search: Search): List<Failed> {
  const query = toListQuery(search, useBounds(search));
  const ofAll = useList("GET /api/v1/delivery", { query }, { isEnabled: app === null });
  const ofApp = useList(
    "GET /api/v1/app/{app}/delivery",
    { path: { app: app ?? "" }, query },
    { isEnabled: app !== null },
  );
  return app === null ? ofAll : ofApp;
}

function Summary({ list }: { readonly list: List<Failed> }) {
  const { rows, hasMore } = list;
  if (rows.length === 0) return null;
  const endpoints = new Set(rows.map(({ endpointId }) => endpointId)).size;
  const count = toCount(rows.length, !hasMore);
  return (
    <AnswerLine tone="failed">
      {failedWords.found(
        count,
        failedWords.endpoints(toCount(endpoints, !hasMore), endpoints === 1 && !hasMore),
        rows.length === 1 && !hasMore,
      )}{" "}
      {failedWords.advice}
    </AnswerLine>
  );
}

function Nothing(p: { readonly filters: readonly Filter[]; readonly isFiltered: boolean }) {
  return p.isFiltered ? (
    <NoMatch title={failedWords.nothing} filters={p.filters}>
      {failedWords.nothingHint}
    </NoMatch>
  ) : (
    <EmptyState title={failedWords.none}>{failedWords.noneHint}</EmptyState>
  );
}

function Reason({ row }: { readonly row: Failed }) {
  const toSentence = useSentence();
  const sentence = toSentence(toVerdict(row));
  return <span title={sentence}>{sentence}</span>;
}

function toColumns(hasApp: boolean): readonly Column<Failed>[] {
  const { columns } = failedWords;
  const columnOfApp: Column<Failed> = {
    head: columns.app,
    width: "12%",
    cell: ({ app }) => app?.name ?? "",
  };
  return [
    { head: columns.at, width: "fit", cell: ({ failedAt }) => <Time at={failedAt} /> },
    {
      head: columns.answer,
      width: "fit",
      cell: (row) => <StatusMark state="failed">{toAnswer(row)}</StatusMark>,
    },
    { head: columns.reason, isWhole: true, cell: (row) => <Reason row={row} /> },
    ...(hasApp ? [columnOfApp] : []),
    {
      head: columns.endpoint,
      width: "22%",
      cell: ({ url, endpointState }) => (
        <span className={styles["endpoint"]} title={url}>
          {toHost(url)}
          {endpointState === "deleted" && (
            <span className={styles["deleted"]}> · {failedWords.deleted}</span>
          )}
        </span>
      ),
    },
    { head: columns.type, width: "16%", cell: ({ eventType }) => eventType },
    { head: columns.attempts, align: "end", width: "fit", cell: ({ attempts }) => attempts },
  ];
}
