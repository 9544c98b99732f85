/** The presets of a range as buttons, for places where one click should be enough. */
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import type { SearchHolder } from "./filter.ts";
import styles from "./filter-bar.module.css";
import type { Preset } from "./time-range.ts";

export function RangePresets(p: {
  readonly label: string;
  readonly presets: readonly Preset[];
  readonly holder: SearchHolder;
}) {
  const { search, setSearch } = p.holder;
  return (
    <div className={styles["presets"]} role="group" aria-label={p.label}>
      {p.presets.map((preset) => (
        <Button
          key={preset}
          look={search["range"] === preset ? "plain" : "quiet"}
          aria-pressed={search["range"] === preset}
          onClick={() => setSearch({ range: preset, since: undefined, until: undefined })}
        >
          {words.ranges[preset]}
        </Button>
      ))}
    </div>
  );
}
