/** The texts of an app, newest first, with a mark for each endpoint. */
import { CHANNELS, MESSAGE_STATUSES } from "../../src/core/messages/message-status.ts";
import { MARKS, toMark } from "../../src/core/verdict.ts";
import { useList } from "../api/reads.ts";
import type { Row } from "../api/reads.ts";
import { FilterBar, NoMatch } from "../parts/filter-bar.tsx";
import type { Filter } from "../parts/filter.ts";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { PersonText, PhoneNumber } from "../parts/private-values.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { useBounds } from "../parts/use-bounds.ts";
import { useSearchState } from "../parts/use-search.ts";
import { useAppId, useAppPaths } from "../use-paths.ts";
import { words } from "../words.ts";
import { textWords } from "../words/texts.ts";
import { TestLink } from "./test-link.tsx";
import { Marks } from "./text/marks.tsx";

type Text = Row<"GET /api/v1/app/{app}/text">;

const same = (value: string) => ({ value, label: value.replaceAll("_", " ") });
const { filters: names } = textWords;
const FILTERS: readonly Filter[] = [
  { kind: "text", name: "number", label: names.number, hint: textWords.numberHint },
  { kind: "text", name: "line", label: names.line },
  {
    kind: "choice",
    name: "direction",
    label: names.direction,
    options: Object.entries(textWords.directions).map(([value, label]) => ({ value, label })),
  },
  { kind: "choice", name: "channel", label: names.channel, options: CHANNELS.map(same) },
  {
    kind: "choice",
    name: "status",
    label: names.status,
    options: Object.keys(MESSAGE_STATUSES).map(same),
  },
  {
    kind: "choice",
    name: "state",
    label: names.state,
    options: MARKS.map((value) => ({ value, label: words.states[value] })),
  },
  { kind: "text", name: "endpoint_id", label: names.endpoint },
  { kind: "range", name: "range", label: names.range },
];
const ASKED = ["number", "line", "direction", "channel", "status", "state", "endpoint_id"] as const;

export function TextsPage() {
  const app = useAppId();
  const paths = useAppPaths();
  const { search } = useSearchState();
  const chosen = Object.fromEntries(
    ASKED.flatMap((name) => (search[name] ? [[name, search[name]]] : [])),
  );
  const query = { ...chosen, ...useBounds(search) };
  const list = useList("GET /api/v1/app/{app}/text", { path: { app }, query });
  const isFiltered = Object.keys(query).length > 0;
  return (
    <>
      <PageHead title={textWords.title} />
      {list.rows.length > 0 && <Summary texts={list.rows} />}
      <FilterBar filters={FILTERS} />
      <Table
        label={textWords.title}
        columns={COLUMNS}
        list={list}
        rowKey={({ eventId }) => eventId}
        target={({ messageId }) => paths.text(messageId)}
        empty={
          isFiltered ? (
            <NoMatch title={textWords.emptyFiltered} filters={FILTERS} />
          ) : (
            <EmptyState title={textWords.emptyTitle} action={<TestLink />}>
              {textWords.emptyHint}
            </EmptyState>
          )
        }
      />
    </>
  );
}

function Summary({ texts }: { readonly texts: readonly Text[] }) {
  const has = (text: Text, ...marks: readonly string[]) =>
    text.marks.some(({ verdict }) => marks.includes(toMark(verdict)));
  const failed = texts.filter((text) => has(text, "failed")).length;
  const waiting = texts.filter((text) => has(text, "waiting", "retrying", "parked")).length;
  const tone = failed > 0 ? "failed" : waiting > 0 ? "wait" : "ok";
  const { list } = textWords;
  const said = [
    ...(failed === 0 ? [] : [list.failed(failed)]),
    ...(waiting === 0 ? [] : [list.waiting(waiting)]),
  ];
  return <AnswerLine tone={tone}>{said.length === 0 ? list.done : said.join(" ")}</AnswerLine>;
}

const { columns: heads } = textWords;
const COLUMNS: readonly Column<Text>[] = [
  { head: heads.time, width: "fit", cell: ({ acceptedAt }) => <Time at={acceptedAt} /> },
  {
    head: heads.direction,
    width: "fit",
    isExtra: true,
    cell: ({ direction, channel }) => `${textWords.directions[direction]} ${channel}`,
  },
  { head: heads.from, width: "fit", cell: ({ from }) => <PhoneNumber value={from} /> },
  { head: heads.to, width: "fit", cell: ({ to }) => <PhoneNumber value={to} /> },
  {
    head: heads.text,
    isWhole: true,
    cell: ({ text, expunged, mediaCount }) =>
      expunged ? (
        <i>{textWords.expunged}</i>
      ) : (
        <>
          <PersonText value={text} />{" "}
          {mediaCount > 0 && <small>{textWords.media(mediaCount)}</small>}
        </>
      ),
  },
  { head: heads.status, width: "fit", cell: ({ status }) => status?.replaceAll("_", " ") ?? "" },
  {
    head: heads.endpoints,
    width: "fit",
    cell: ({ marks }) => <Marks marks={marks} />,
  },
];
