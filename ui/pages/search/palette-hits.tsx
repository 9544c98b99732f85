/** The hits of a search in the palette. The first one is chosen, so Enter opens the only one. */
import { Command } from "cmdk";
import { useOpenPage } from "../../parts/page-link.tsx";
import { PersonText } from "../../parts/private-values.tsx";
import { ErrorStrip } from "../../parts/states.tsx";
import { toDateTime } from "../../parts/time-format.ts";
import { usePreferences } from "../../preferences.ts";
import { words } from "../../words.ts";
import { searchWords } from "../../words/search.ts";
import { HitIcon, HitLabel } from "./hit-label.tsx";
import { useHits } from "./use-hits.ts";

export function PaletteHits(p: { readonly text: string; readonly onClose: () => void }) {
  const { list, toTarget } = useHits(p.text);
  const { error, refetch } = list.query;
  const { zone } = usePreferences();
  const open = useOpenPage();
  const choose = (target: Parameters<typeof open>[0]): void => {
    p.onClose();
    open(target);
  };
  return (
    <Command.Group heading={searchWords.hits}>
      {error !== null && <ErrorStrip error={error} onRetry={() => void refetch()} dataAt={0} />}
      {list.rows.map((hit) => (
        <Command.Item
          key={`${hit.kind} ${hit.id}`}
          value={`${hit.kind} ${hit.id}`}
          onSelect={() => choose(toTarget(hit))}
        >
          <HitIcon kind={hit.kind} />
          <HitLabel label={hit.label} />
          <small>
            {hit.text === null ? searchWords.kinds[hit.kind] : <PersonText value={hit.text} />}
          </small>
        </Command.Item>
      ))}
      {list.searchedTo !== null && list.hasMore && (
        <Command.Item value="go on" disabled={list.isLoadingMore} onSelect={list.loadMore}>
          {words.goOn}
          <small>{words.searchedTo(toDateTime(list.searchedTo, zone))}</small>
        </Command.Item>
      )}
      {/* The first item that appears is chosen: it must be a hit when there is one. */}
      {!list.query.isPending && (
        <Command.Item
          value="search page"
          onSelect={() => choose({ to: "/search", search: { q: p.text } })}
        >
          {searchWords.searchFor(p.text)}
        </Command.Item>
      )}
    </Command.Group>
  );
}
