/**
 * The APIs that the server mounts. Without built-in event types only the native one is left: all calls and webhooks
 * of the others are about texts, contacts and lines.
 */
import { AppError } from "../core/error.ts";
import type { Dialect } from "../core/snapshot.ts";
import type { Settings } from "./settings.ts";

export function enabledApis({
  apis,
  builtInEventTypes,
}: Pick<Settings, "apis" | "builtInEventTypes">): readonly Dialect[] {
  const known = apis as readonly Dialect[];
  const enabled = builtInEventTypes === "on" ? known : known.filter((name) => name === "svix");
  if (enabled.length > 0) return enabled;
  throw new AppError(
    "invalid_field",
    `HOOKLINE_BUILTIN_EVENT_TYPES=off leaves only the native API; add svix to HOOKLINE_APIS, which is "${apis.join()}".`,
  );
}
