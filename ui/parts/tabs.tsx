/** Tabs whose choice is in the address, so that a tab is a link like any other view. */
import { Tabs as Parts } from "radix-ui";
import type { ReactNode } from "react";
import styles from "./tabs.module.css";
import { useSearchState } from "./use-search.ts";

export type Tab = { readonly id: string; readonly label: ReactNode; readonly content: ReactNode };

export function Tabs(p: { readonly label: string; readonly tabs: readonly Tab[] }) {
  const { search, setSearch } = useSearchState();
  const first = p.tabs[0]?.id ?? "";
  const chosen = p.tabs.find(({ id }) => id === search["tab"])?.id ?? first;
  return (
    <Parts.Root
      value={chosen}
      onValueChange={(id) => setSearch({ tab: id === first ? undefined : id })}
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
