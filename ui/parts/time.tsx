/** An instant: its age when younger than an hour, else its date and time. The title has ISO 8601 with zone. */
import { usePreferences } from "../preferences.ts";
import { isRecent, toAge, toDateTime, toIso } from "./time-format.ts";
import type { Instant } from "./time-format.ts";
import { useNow } from "./use-now.ts";

export function Time(p: {
  readonly at: Instant;
  /** Always the time of day, for columns that are compared. */
  readonly isExact?: boolean;
}) {
  const { zone } = usePreferences();
  const now = useNow();
  const iso = toIso(p.at, zone);
  const isAge = p.isExact !== true && isRecent(p.at, now);
  return (
    <time dateTime={iso} title={iso}>
      {isAge ? toAge(p.at, now) : toDateTime(p.at, zone, now)}
    </time>
  );
}
