/**
 * `hookline check`: recounts every delivery in the store and compares the result with the tallies (I12). It
 * only reads, so it can run beside a live server. Exit code 1 when a figure does not agree.
 */
import { styleText } from "node:util";
import type { Settings } from "../config/settings.ts";
import { OPERATOR_APP_ID } from "../core/events/operational-events.ts";
import { storeOptions } from "../config/store-options.ts";
import { refuseMissingStore } from "../config/store-place.ts";
import { openStore } from "../store/open.ts";
import type { Accounting } from "../store/interface/upkeep.ts";

const FIGURES = [
  "created",
  "delivered",
  "pending",
  "parked",
  "failed",
  "cancelled",
  "fanningOut",
] as const;
/** The longest name and a space. */
const FIGURE_WIDTH = 11;

export async function checkAccounting(
  settings: Settings,
  { json }: { json: boolean },
): Promise<number> {
  refuseMissingStore(settings);
  await using store = await openStore(settings.store, storeOptions(settings, { readOnly: true }));
  const { apps, problems } = await store.upkeep.check();
  if (json) console.log(JSON.stringify({ apps, problems }, null, 2));
  else print(apps, problems);
  return problems.length === 0 ? 0 : 1;
}

function print(apps: readonly Accounting[], problems: readonly string[]): void {
  const width = Math.max(8, ...apps.map((app) => app.appId.length)) + 2;
  console.log(styleText("bold", "Accounting of deliveries"));
  console.log(
    styleText(
      "dim",
      "  " + "app".padEnd(width) + FIGURES.map((name) => name.padStart(FIGURE_WIDTH)).join(""),
    ),
  );
  // The server's internal application is left out until it has an operational event.
  const isUnused = ({ appId, created }: Accounting) => appId === OPERATOR_APP_ID && created === 0;
  for (const app of apps.filter((one) => !isUnused(one))) {
    console.log(
      "  " +
        app.appId.padEnd(width) +
        FIGURES.map((name) => String(app[name]).padStart(FIGURE_WIDTH)).join(""),
    );
  }
  for (const problem of problems) console.log(styleText("red", `  ✗ ${problem}`));
  if (problems.length === 0) {
    console.log(
      styleText(
        "green",
        "  ✓ created = delivered + pending + parked + failed + cancelled + not yet fanned out, in every application",
      ),
    );
  }
}
