/** `hookline config`: the table of settings, for people and for `docs/config.md`. */
import { styleText } from "node:util";
import { shownValue } from "../config/read-settings.ts";
import { SETTINGS } from "../config/settings.ts";

export function listSettings(
  environment: Readonly<Record<string, string | undefined>>,
  { markdown }: { markdown: boolean },
): number {
  if (markdown) process.stdout.write(settingsTable());
  else {
    for (const { env, fallback, sentence } of Object.values(SETTINGS)) {
      const given = environment[env];
      const value =
        given === undefined || given === "" ? fallback || "(not set)" : shownValue(env, given);
      console.log(
        `${styleText("bold", env)}=${value}${given ? styleText("dim", "  (from the environment)") : ""}\n    ${sentence}`,
      );
    }
  }
  return 0;
}

/** The exact content of `docs/config.md`. A test compares the file with it. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS).map(
    ({ env, fallback, sentence }) =>
      `| \`${env}\` | ${fallback === "" ? "" : `\`${fallback}\``} | ${sentence} |`,
  );
  return [
    "# Settings",
    "",
    "Every setting is an environment variable. Durations are written `90s`, `15m`, `48h`, `30d`; sizes",
    "`512KiB`, `1MiB`. The program does not start with an invalid value; its message names the setting.",
    "This page is generated: `npm run --silent docs`.",
    "",
    "| variable | default | meaning |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
