/** All apps with their work in numbers: find one, open it, make one, and copy a link to its portal. */
import { useState } from "react";
import { useList } from "../api/reads.ts";
import type { List, Row } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { toCount } from "../parts/count.tsx";
import { FilterBar, NoMatch } from "../parts/filter-bar.tsx";
import type { Filter } from "../parts/filter.ts";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { useSearchState } from "../parts/use-search.ts";
import { accessWords } from "../words/access.ts";
import { appWords } from "../words/apps.ts";
import { operatorWords } from "../words/operator.ts";
import styles from "./apps-page.module.css";
import { NewAppDialog } from "./new-app-dialog.tsx";
import { PortalLinkDialog } from "./portal-link-dialog.tsx";

type App = Row<"GET /api/v1/app">;
type Activity = NonNullable<App["activity"]>;

const REFETCH_MS = 10_000;
const { apps } = accessWords;
const { columns: heads } = appWords;

const count = (head: string, toText: (activity: Activity) => string): Column<App> => ({
  head,
  align: "end",
  width: "fit",
  cell: ({ activity }) => (activity === undefined ? "–" : toText(activity)),
});

const COLUMNS: readonly Column<App>[] = [
  {
    head: heads.app,
    isWhole: true,
    cell: ({ name, uid, test }) => (
      <span className={styles["app"]}>
        <bdi className={styles["name"]}>{name}</bdi>
        <bdi className={styles["uid"]}>
          {uid}
          {test === true && ` ${apps.isTest}`}
        </bdi>
      </span>
    ),
  },
  count(heads.endpoints, ({ endpoints }) => toCount(endpoints)),
  count(heads.waiting, ({ waiting }) => toCount(waiting)),
  count(heads.parked, ({ parked, parkedIsExact }) => toCount(parked, parkedIsExact)),
  count(heads.failed, ({ failedAttempts }) => toCount(failedAttempts)),
  {
    head: heads.lastEvent,
    width: "fit",
    cell: ({ activity }) =>
      typeof activity?.lastEventAt === "string" ? <Time at={activity.lastEventAt} /> : "–",
  },
];

function toPortalColumn(choose: (app: App) => void): Column<App> {
  return {
    head: apps.portal,
    cell: (app) => (
      <Button aria-label={apps.portalFor(app.name)} onClick={() => choose(app)}>
        {apps.portal}
      </Button>
    ),
    width: "fit",
  };
}

const FILTERS: readonly Filter[] = [{ kind: "text", name: "q", label: appWords.find }];

export function AppsPage() {
  const { role } = useFace().session;
  const { search } = useSearchState();
  const [linked, setLinked] = useState<App | null>(null);
  const [isMaking, setMaking] = useState(false);
  const q = search["q"];
  const query = { with_activity: true, ...(q === undefined ? {} : { q }) };
  const list = useList("GET /api/v1/app", { query }, { refetchMs: REFETCH_MS });
  const make = role !== "viewer" && (
    <Button look="primary" onClick={() => setMaking(true)}>
      {apps.make}
    </Button>
  );
  return (
    <>
      <PageHead title={operatorWords.pages.apps} actions={make} />
      <Summary list={list} />
      <FilterBar filters={FILTERS} />
      <Table
        label={operatorWords.pages.apps}
        columns={role === "admin" ? [...COLUMNS, toPortalColumn(setLinked)] : COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        target={({ id }) => ({ to: "/app/$app", params: { app: id } })}
        empty={
          q === undefined ? (
            <EmptyState title={apps.none} action={make}>
              {apps.noneHint}
            </EmptyState>
          ) : (
            <NoMatch title={appWords.nothing} filters={FILTERS} />
          )
        }
      />
      {linked !== null && <PortalLinkDialog app={linked} onClose={() => setLinked(null)} />}
      {isMaking && <NewAppDialog onClose={() => setMaking(false)} />}
    </>
  );
}

function Summary({ list }: { readonly list: List<App> }) {
  if (list.rows.length === 0) return null;
  const waiting = list.rows.filter(({ activity }) => (activity?.waiting ?? 0) > 0).length;
  const failing = list.rows.filter(({ activity }) => (activity?.failedAttempts ?? 0) > 0).length;
  const { answer } = appWords;
  const said = [
    waiting === 0 ? answer.quiet : answer.waiting(waiting),
    ...(failing === 0 ? [] : [answer.failing(failing)]),
  ];
  const tone = failing > 0 ? "retry" : waiting > 0 ? "wait" : "ok";
  return <AnswerLine tone={tone}>{said.join(" ")}</AnswerLine>;
}
