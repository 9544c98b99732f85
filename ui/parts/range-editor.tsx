/** Chooses a range: a preset by one click, or any two times. */
import { useState } from "react";
import type { Search } from "../paths.ts";
import { usePreferences } from "../preferences.ts";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import { Field } from "./field.tsx";
import styles from "./filter-bar.module.css";
import { toIso } from "./time-format.ts";
import type { Zone } from "./time-format.ts";
import { PRESETS } from "./time-range.ts";

/** `2026-12-01T14:02`, the form of the browser's field. */
const MINUTES = 16;

export function RangeEditor(p: {
  readonly search: Search;
  readonly commit: (change: Search) => void;
}) {
  const { zone } = usePreferences();
  const [since, writeSince] = useState(toLocal(p.search["since"], zone));
  const [until, writeUntil] = useState(toLocal(p.search["until"], zone));
  return (
    <>
      <div className={styles["options"]}>
        {PRESETS.map((preset) => (
          <button
            key={preset}
            type="button"
            className={styles["option"]}
            aria-pressed={p.search["range"] === preset}
            onClick={() => p.commit({ range: preset, since: undefined, until: undefined })}
          >
            {words.ranges[preset]}
          </button>
        ))}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          p.commit({
            range: undefined,
            since: toInstant(since, zone),
            until: toInstant(until, zone),
          });
        }}
      >
        <Field label={words.ranges.since}>
          {(ids) => (
            <input
              {...ids}
              type="datetime-local"
              value={since}
              onChange={({ target }) => writeSince(target.value)}
            />
          )}
        </Field>
        <Field label={words.ranges.until} hint={words.zone[zone]}>
          {(ids) => (
            <input
              {...ids}
              type="datetime-local"
              value={until}
              onChange={({ target }) => writeUntil(target.value)}
            />
          )}
        </Field>
        <div className={styles["row"]}>
          <Button
            look="quiet"
            onClick={() => p.commit({ range: undefined, since: undefined, until: undefined })}
          >
            {words.filters.clear}
          </Button>
          <Button type="submit" look="primary">
            {words.filters.apply}
          </Button>
        </div>
      </form>
    </>
  );
}

function toLocal(instant: string | undefined, zone: Zone): string {
  if (instant === undefined || Number.isNaN(Date.parse(instant))) return "";
  return toIso(instant, zone).slice(0, MINUTES);
}

function toInstant(local: string, zone: Zone): string | undefined {
  if (local === "") return undefined;
  return new Date(zone === "utc" ? `${local}Z` : local).toISOString();
}
