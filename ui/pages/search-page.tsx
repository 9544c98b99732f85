/** Everything that one text may be. Its address has the text, so a search is a link. */
import { useState } from "react";
import { useRead } from "../api/reads.ts";
import { Button } from "../parts/button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { PageLink, useOpenPage } from "../parts/page-link.tsx";
import { PersonText } from "../parts/private-values.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { useSearchState } from "../parts/use-search.ts";
import { pathsOf } from "../paths.ts";
import { useFace } from "../face.tsx";
import { showControls } from "../show-controls.ts";
import { words } from "../words.ts";
import { searchWords } from "../words/search.ts";
import styles from "./search/search.module.css";
import { HitIcon, HitLabel } from "./search/hit-label.tsx";
import { type Hit, useHits } from "./search/use-hits.ts";

export function SearchPage() {
  const { search, setSearch } = useSearchState();
  const { kind } = useFace();
  const asked = (search["q"] ?? "").trim();
  const { list, app, toTarget } = useHits(asked);
  const open = useOpenPage();
  const quoted = /^"(.+)"$/.exec(asked)?.[1];
  const paths = pathsOf(kind === "operator" ? app : null);
  const [only] = list.rows.length === 1 ? list.rows : [];
  return (
    <>
      <PageHead title={searchWords.title} />
      <SearchForm
        key={asked}
        asked={asked}
        onSearch={(text) => {
          if (text === asked && only !== undefined) open(toTarget(only));
          else setSearch({ q: text });
        }}
      />
      {kind === "operator" && <Scope app={app} />}
      {asked === "" ? (
        <EmptyState title={searchWords.start}>{searchWords.hint}</EmptyState>
      ) : (
        <Table
          label={searchWords.hits}
          columns={kind === "operator" ? COLUMNS : COLUMNS.filter(({ head }) => head !== heads.app)}
          list={list}
          rowKey={({ kind: of, id }) => `${of} ${id}`}
          target={toTarget}
          empty={<EmptyState title={searchWords.empty}>{searchWords.emptyHint}</EmptyState>}
        />
      )}
      {quoted !== undefined && (app !== null || kind === "tenant") && (
        <PageLink target={paths.events({ contains: quoted })}>{searchWords.goOn}</PageLink>
      )}
    </>
  );
}

/** The index of texts is one for each app, so a number is not found in all of them at once. */
function Scope({ app }: { readonly app: string | null }) {
  const read = useRead(
    "GET /api/v1/app/{app}",
    { path: { app: app ?? "" } },
    { isEnabled: app !== null },
  );
  if (app !== null && read.data === undefined) return null;
  return (
    <p className={styles["scope"]}>
      {app === null ? searchWords.noApp : searchWords.inApp(showControls(read.data?.name ?? app))}
    </p>
  );
}

function SearchForm(p: { readonly asked: string; readonly onSearch: (text: string) => void }) {
  const [text, write] = useState(p.asked);
  return (
    <form
      role="search"
      className={styles["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        p.onSearch(text.trim());
      }}
    >
      <input
        type="search"
        aria-label={searchWords.title}
        placeholder={words.searchHint}
        value={text}
        onChange={({ target }) => write(target.value)}
      />
      <Button type="submit" look="primary">
        {searchWords.title}
      </Button>
    </form>
  );
}

const { columns: heads } = searchWords;
const COLUMNS: readonly Column<Hit>[] = [
  {
    head: heads.kind,
    width: "fit",
    cell: ({ kind }) => (
      <>
        <HitIcon kind={kind} /> {searchWords.kinds[kind]}
      </>
    ),
  },
  { head: heads.label, cell: ({ label }) => <HitLabel label={label} /> },
  {
    head: heads.text,
    isWhole: true,
    cell: ({ kind, text }) =>
      text === null ? kind === "contact" && searchWords.textsOf : <PersonText value={text} />,
  },
  {
    head: heads.app,
    width: "18%",
    cell: ({ kind, app, appName }) =>
      kind === "app" ? "" : appName === null ? <CopyableId id={app} /> : showControls(appName),
  },
  { head: heads.at, width: "fit", cell: ({ at }) => at !== null && <Time at={at} /> },
];
