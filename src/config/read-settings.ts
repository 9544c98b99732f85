/** The only reader of the environment. A refusal names the variable, its value and the allowed values. */
import { nearestName } from "./nearest-name.ts";
import { SETTINGS, type Settings } from "./settings.ts";

const PREFIX = "HOOKLINE_";
const SETTING_NAMES: readonly string[] = Object.values(SETTINGS).map(({ env }) => env);

/** Reads the environment. Returns every problem, one sentence each, rather than only the first. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
):
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: string[] } {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, { env, fallback, parse }] of Object.entries(SETTINGS)) {
    const text = environment[env];
    const given = text === undefined || text === "" ? fallback : text;
    const parsed = parse(given.trim());
    if (parsed.ok) settings[name] = parsed.value;
    else problems.push(`${env} is "${shownValue(env, given)}": ${parsed.allowed}.`);
  }
  for (const name of Object.keys(environment)) {
    if (name.startsWith(PREFIX) && !SETTING_NAMES.includes(name))
      problems.push(unknownSetting(name));
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, settings: settings as unknown as Settings };
}

/** Returns the setting that replaces a command-line option such as `--port`; undefined when there is none. */
export function settingOfOption(option: string): string | undefined {
  const name = PREFIX + option.replace(/^-+/, "").replaceAll("-", "_").toUpperCase();
  return SETTING_NAMES.includes(name) ? name : nearestSetting(name);
}

function unknownSetting(name: string): string {
  const nearest = nearestSetting(name);
  const hint = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return `${name} is not a setting.${hint} \`npx hookline config\` lists all settings.`;
}

/** Compares names without their common prefix, which would make them look alike. */
function nearestSetting(name: string): string | undefined {
  const tails = SETTING_NAMES.map((known) => known.slice(PREFIX.length));
  const nearest = nearestName(name.slice(PREFIX.length), tails);
  return nearest === undefined ? undefined : PREFIX + nearest;
}

/**
 * Returns the value as logs and errors may show it (I10): no secret, and a database URL without its password.
 */
export function shownValue(env: string, value: string): string {
  const { adminToken, secretKey, secretKeyPrevious, egressProxy, store, pgListenUrl } = SETTINGS;
  const isAmong = (settings: readonly { env: string }[]) => settings.some((one) => one.env === env);
  if (isAmong([adminToken, secretKey, secretKeyPrevious, egressProxy])) return "…";
  if (!isAmong([store, pgListenUrl])) return value;
  return value
    .replace(/^([a-z]+:\/\/[^:@/]*):.*@/, "$1:…@")
    .replace(/password=[^&]*/g, "password=…");
}
