/** The filters of a list, as pills that are bound to the address: a filtered view is a link. */
import { Popover } from "radix-ui";
import { useState } from "react";
import type { ReactNode } from "react";
import type { Search } from "../paths.ts";
import { usePreferences } from "../preferences.ts";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import type { Filter, SearchHolder } from "./filter.ts";
import styles from "./filter-bar.module.css";
import { FilterEditor } from "./filter-editor.tsx";
import { EmptyState } from "./states.tsx";
import { describeRange, RANGE_NAMES } from "./time-range.ts";
import { useSearchState } from "./use-search.ts";

/** `holder` takes the place of the address. */
export function FilterBar(p: {
  readonly filters: readonly Filter[];
  readonly holder?: SearchHolder;
}) {
  const address = useSearchState();
  const { search, setSearch } = p.holder ?? address;
  const names = toNames(p.filters);
  const isAnySet = names.some((name) => (search[name] ?? "") !== "");
  return (
    <div className={styles["bar"]} role="group" aria-label={words.filters.label}>
      {p.filters.map((filter) => (
        <Pill key={filter.name} filter={filter} search={search} setSearch={setSearch} />
      ))}
      {isAnySet && (
        <Button look="quiet" onClick={() => setSearch(toCleared(names))}>
          {words.filters.clearAll}
        </Button>
      )}
    </div>
  );
}

/** A list that is empty because of its filters, with the way to see all of it. */
export function NoMatch(p: {
  readonly title: string;
  readonly filters: readonly Filter[];
  readonly children?: ReactNode;
}) {
  const { setSearch } = useSearchState();
  const clear = (): void => setSearch(toCleared(toNames(p.filters)));
  return (
    <EmptyState title={p.title} action={<Button onClick={clear}>{words.filters.showAll}</Button>}>
      {p.children ?? words.filters.noMatchHint}
    </EmptyState>
  );
}

function toNames(filters: readonly Filter[]): readonly string[] {
  return filters.flatMap(({ kind, name }) => (kind === "range" ? RANGE_NAMES : [name]));
}

function toCleared(names: readonly string[]): Search {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

type PillProps = SearchHolder & { readonly filter: Filter };

function Pill({ filter, search, setSearch }: PillProps) {
  const [isOpen, setOpen] = useState(false);
  const isSet = toValue(filter, search) !== "";
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className={classNames(styles["pill"], isSet && styles["set"])}>
        <span>
          {filter.label}
          {isSet && (
            <>
              {": "}
              <b>
                <Shown filter={filter} search={search} />
              </b>
            </>
          )}
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={styles["popover"]}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={filter.label}
        >
          <FilterEditor
            filter={filter}
            search={search}
            change={setSearch}
            commit={(change) => {
              setSearch(change);
              setOpen(false);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** The value as a person reads it. */
function Shown({ filter, search }: { readonly filter: Filter; readonly search: Search }) {
  const { zone } = usePreferences();
  if (filter.kind === "range") return describeRange(search, zone);
  const value = search[filter.name] ?? "";
  if (filter.kind === "lookup") return <filter.Name value={value} search={search} />;
  if (filter.kind === "text") return value;
  const values = filter.kind === "choices" ? value.split(",") : [value];
  const labels = values.map(
    (one) => filter.options.find((option) => option.value === one)?.label ?? one,
  );
  return labels.join(", ");
}

function toValue(filter: Filter, search: Search): string {
  return filter.kind === "range"
    ? RANGE_NAMES.map((name) => search[name] ?? "").join("")
    : (search[filter.name] ?? "");
}
