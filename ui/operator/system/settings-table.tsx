/** The settings of the node that answers. Those that are not the default come first on request. */
import { useState } from "react";
import { Table } from "../../parts/table.tsx";
import type { Column } from "../../parts/table.tsx";
import { toWholeList } from "../../parts/whole-list.ts";
import { operatorWords } from "../../words/operator.ts";
import type { System } from "./system-types.ts";
import styles from "./settings-table.module.css";

type Setting = System["settings"][number];

const { system: texts } = operatorWords;
const COLUMNS: readonly Column<Setting>[] = [
  {
    head: texts.setting,
    isWhole: true,
    cell: ({ name, description }) => (
      <span className={styles["setting"]}>
        <code>{name}</code>
        <span className={styles["hint"]}>{description.replaceAll("`", "")}</span>
      </span>
    ),
  },
  {
    head: texts.value,
    cell: ({ value }) => <span className={styles["value"]}>{value ?? texts.hidden}</span>,
  },
  { head: texts.source, width: "fit", cell: ({ source }) => texts.sources[source] },
];

export function SettingsTable({ settings }: { readonly settings: readonly Setting[] }) {
  const [isShort, shorten] = useState(true);
  const shown = isShort ? settings.filter(({ source }) => source !== "default") : settings;
  return (
    <section>
      <div className={styles["head"]}>
        <h2>{texts.settings}</h2>
        <label className={styles["choice"]}>
          <input
            type="checkbox"
            checked={isShort}
            onChange={({ target }) => shorten(target.checked)}
          />
          {texts.onlySet}
        </label>
      </div>
      <Table
        label={texts.settings}
        columns={COLUMNS}
        list={toWholeList(shown)}
        rowKey={({ name }) => name}
        empty={null}
      />
    </section>
  );
}
