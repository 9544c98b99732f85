/** The editor of one filter, in the popover of its pill. */
import Check from "lucide-react/icons/check";
import { useDeferredValue, useState } from "react";
import type { ReactNode } from "react";
import type { Search } from "../paths.ts";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import { Field } from "./field.tsx";
import type { Filter, FilterOption } from "./filter.ts";
import styles from "./filter-bar.module.css";
import { RangeEditor } from "./range-editor.tsx";

type EditorProps<Kind extends Filter["kind"]> = {
  readonly filter: Extract<Filter, { readonly kind: Kind }>;
  readonly search: Search;
  /** Changes the search and keeps the popover open. */
  readonly change: (change: Search) => void;
  /** Changes the search and closes the popover. */
  readonly commit: (change: Search) => void;
};

export function FilterEditor(p: EditorProps<Filter["kind"]>): ReactNode {
  const { filter } = p;
  switch (filter.kind) {
    case "range":
      return <RangeEditor search={p.search} commit={p.commit} />;
    case "text":
      return <TextEditor {...p} filter={filter} />;
    case "lookup":
      return <LookupEditor {...p} filter={filter} />;
    case "choice":
    case "choices":
      return <ChoiceEditor {...p} filter={filter} />;
  }
}

function ChoiceEditor({ filter, search, change, commit }: EditorProps<"choice" | "choices">) {
  const { name, kind, options } = filter;
  const chosen = (search[name] ?? "").split(",").filter((one) => one !== "");
  const choose = (value: string): void => {
    const isChosen = chosen.includes(value);
    if (kind === "choice") commit({ [name]: isChosen ? undefined : value });
    else {
      const next = isChosen ? chosen.filter((one) => one !== value) : [...chosen, value];
      change({ [name]: next.join(",") });
    }
  };
  return <Options options={options} chosen={chosen} choose={({ value }) => choose(value)} />;
}

function TextEditor({ filter, search, commit }: EditorProps<"text">) {
  const { name } = filter;
  const [text, write] = useState(search[name] ?? "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        commit({ [name]: text.trim() });
      }}
    >
      <Field label={filter.label} hint={filter.hint}>
        {(ids) => (
          <input
            {...ids}
            value={text}
            placeholder={filter.placeholder}
            onChange={({ target }) => write(target.value)}
          />
        )}
      </Field>
      <div className={styles["row"]}>
        <Button look="quiet" onClick={() => commit({ [name]: "" })}>
          {words.filters.clear}
        </Button>
        <Button type="submit" look="primary">
          {words.filters.apply}
        </Button>
      </div>
    </form>
  );
}

function LookupEditor({ filter, search, commit }: EditorProps<"lookup">) {
  const { name, clears = [], Find } = filter;
  const [text, write] = useState("");
  const value = search[name] ?? "";
  const sought = useDeferredValue(text.trim());
  const cleared = Object.fromEntries(clears.map((one) => [one, undefined]));
  return (
    <>
      <Field label={filter.label}>
        {(ids) => (
          <input
            {...ids}
            value={text}
            placeholder={filter.placeholder}
            onChange={({ target }) => write(target.value)}
          />
        )}
      </Field>
      <Find text={sought} search={search}>
        {(options) =>
          options.length === 0 ? (
            <p className={styles["none"]}>{words.nothingFound}</p>
          ) : (
            <Options
              options={options}
              chosen={[value]}
              choose={(option) => commit({ ...cleared, ...option.also, [name]: option.value })}
            />
          )
        }
      </Find>
      {value !== "" && (
        <div className={styles["row"]}>
          <Button look="quiet" onClick={() => commit({ ...cleared, [name]: undefined })}>
            {words.filters.clear}
          </Button>
        </div>
      )}
    </>
  );
}

function Options(p: {
  readonly options: readonly FilterOption[];
  readonly chosen: readonly string[];
  readonly choose: (option: FilterOption) => void;
}) {
  return (
    <div className={styles["options"]}>
      {p.options.map((option) => {
        const isChosen = p.chosen.includes(option.value);
        return (
          <button
            key={option.value}
            type="button"
            className={styles["option"]}
            aria-pressed={isChosen}
            onClick={() => p.choose(option)}
          >
            <span className={styles["label"]}>{option.label}</span>
            {option.hint !== undefined && <span className={styles["hint"]}>{option.hint}</span>}
            {isChosen && <Check size={14} aria-hidden />}
          </button>
        );
      })}
    </div>
  );
}
