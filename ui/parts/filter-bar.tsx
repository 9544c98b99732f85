/**
 * The filters of a list, as pills that are bound to the address: a filtered view is a link. Each filter is data:
 * its parameter, its name, and the kind of its values.
 */
import Check from "lucide-react/icons/check";
import { Popover } from "radix-ui";
import { useState } from "react";
import type { ReactNode } from "react";
import type { Search } from "../paths.ts";
import { usePreferences } from "../preferences.ts";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { Field } from "./field.tsx";
import styles from "./filter-bar.module.css";
import { RangeEditor } from "./range-editor.tsx";
import { describeRange, RANGE_NAMES } from "./time-range.ts";
import { useSearchState } from "./use-search.ts";

export type FilterOption = { readonly value: string; readonly label: string };
export type Filter =
  | {
      readonly kind: "text";
      readonly name: string;
      readonly label: string;
      readonly hint?: string;
      readonly placeholder?: string;
    }
  | {
      readonly kind: "choice";
      readonly name: string;
      readonly label: string;
      readonly options: readonly FilterOption[];
    }
  /** Its parameters are those of `time-range.ts`. */
  | { readonly kind: "range"; readonly name: "range"; readonly label: string };

export function FilterBar({ filters }: { readonly filters: readonly Filter[] }) {
  const { search, setSearch } = useSearchState();
  const names = filters.flatMap(({ kind, name }) => (kind === "range" ? RANGE_NAMES : [name]));
  const isAnySet = names.some((name) => (search[name] ?? "") !== "");
  return (
    <div className={styles["bar"]} role="group" aria-label={words.filters.label}>
      {filters.map((filter) => (
        <Pill key={filter.name} filter={filter} search={search} setSearch={setSearch} />
      ))}
      {isAnySet && (
        <Button
          look="quiet"
          onClick={() => setSearch(Object.fromEntries(names.map((name) => [name, undefined])))}
        >
          {words.filters.clearAll}
        </Button>
      )}
    </div>
  );
}

type PillProps = {
  readonly filter: Filter;
  readonly search: Search;
  readonly setSearch: (change: Search) => void;
};

function Pill({ filter, search, setSearch }: PillProps) {
  const [isOpen, setOpen] = useState(false);
  const { zone } = usePreferences();
  const shown =
    filter.kind === "range"
      ? describeRange(search, zone)
      : describeValue(filter, search[filter.name] ?? "");
  const commit = (change: Search): void => {
    setSearch(change);
    setOpen(false);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className={classNames(styles["pill"], shown !== "" && styles["set"])}>
        <span>
          {filter.label}
          {shown !== "" && (
            <>
              {": "}
              <b>{shown}</b>
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
          <Editor filter={filter} search={search} commit={commit} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Editor(p: {
  readonly filter: Filter;
  readonly search: Search;
  readonly commit: (change: Search) => void;
}): ReactNode {
  const { filter, search, commit } = p;
  if (filter.kind === "range") return <RangeEditor search={search} commit={commit} />;
  const { name } = filter;
  const value = search[name] ?? "";
  if (filter.kind === "text") {
    return <TextEditor filter={filter} value={value} commit={(text) => commit({ [name]: text })} />;
  }
  return (
    <div className={styles["options"]}>
      {filter.options.map((option) => (
        <button
          key={option.value}
          type="button"
          className={styles["option"]}
          aria-pressed={option.value === value}
          onClick={() => commit({ [name]: option.value === value ? undefined : option.value })}
        >
          {option.label}
          {option.value === value && <Check size={14} aria-hidden />}
        </button>
      ))}
    </div>
  );
}

function TextEditor(p: {
  readonly filter: Extract<Filter, { readonly kind: "text" }>;
  readonly value: string;
  readonly commit: (text: string) => void;
}) {
  const [text, write] = useState(p.value);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        p.commit(text.trim());
      }}
    >
      <Field label={p.filter.label} hint={p.filter.hint}>
        {(ids) => (
          <input
            {...ids}
            value={text}
            placeholder={p.filter.placeholder}
            onChange={({ target }) => write(target.value)}
          />
        )}
      </Field>
      <div className={styles["row"]}>
        <Button look="quiet" onClick={() => p.commit("")}>
          {words.filters.clear}
        </Button>
        <Button type="submit" look="primary">
          {words.filters.apply}
        </Button>
      </div>
    </form>
  );
}

function describeValue(
  filter: Extract<Filter, { readonly kind: "text" | "choice" }>,
  value: string,
): string {
  if (filter.kind === "text") return value;
  return filter.options.find((option) => option.value === value)?.label ?? value;
}
