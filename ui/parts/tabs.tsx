/** Tabs whose choice is in the address, so that a tab is a link like any other view. */
import { Tabs as Parts } from "radix-ui";
import type { ReactNode } from "react";
import styles from "./tabs.module.css";
import { useSearchState } from "./use-search.ts";

export type Tab = { readonly id: string; readonly label: ReactNode; readonly content: ReactNode };

/** `param` is the name of the choice in the address, for tabs inside of another tab. */
export function Tabs(p: {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly param?: string;
}) {
  const { param = "tab" } = p;
  const { search, setSearch } = useSearchState();
  const first = p.tabs[0]?.id ?? "";
  const chosen = p.tabs.find(({ id }) => id === search[param])?.id ?? first;
  return (
    <Parts.Root
      value={chosen}
      onValueChange={(id) => setSearch({ [param]: id === first ? undefined : id })}
    >
      <Parts.List className={styles["list"]} aria-label={p.label}>
        {p.tabs.map(({ id, label }) => (
          <Parts.Trigger key={id} value={id} className={styles["tab"]}>
            {label}
          </Parts.Trigger>
        ))}
      </Parts.List>
      {p.tabs.map(({ id, content }) => (
        <Parts.Content key={id} value={id}>
          {content}
        </Parts.Content>
      ))}
    </Parts.Root>
  );
}
