/** The settings of this process for a command. */
import { readSettings } from "../config/read-settings.ts";
import type { Settings } from "../config/settings.ts";
import { AppError } from "../core/error.ts";

/** Throws with every problem of the environment variables at once. */
export function settingsOrRefuse(): Settings {
  const read = readSettings(process.env);
  if (read.ok) return read.settings;
  throw new AppError("invalid_field", read.problems.join("\n  "));
}
