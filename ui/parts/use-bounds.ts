/** The range of the address as instants, fixed when it is chosen: a list that moves on would lose its pages. */
import { useState } from "react";
import type { Search } from "../paths.ts";
import { usePreferences } from "../preferences.ts";
import { RANGE_NAMES, toBounds, type Bounds } from "./time-range.ts";
import { useNow } from "./use-now.ts";

export function useBounds(search: Search): Bounds {
  const { zone } = usePreferences();
  const now = useNow();
  const range = [zone, ...RANGE_NAMES.map((name) => search[name] ?? "")].join(" ");
  const [chosen, setChosen] = useState({ range, at: now });
  if (chosen.range !== range) setChosen({ range, at: now });
  return toBounds(search, chosen.at, zone);
}
