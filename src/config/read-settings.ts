/**
 * The only reader of the environment. A value that cannot be used names the variable, the value and
 * what is allowed.
 */
import { SETTINGS, type Settings } from "./settings.ts";

/** Reads the environment. Gives every problem at once, one sentence each, rather than the first. */
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
  const known = new Set<string>(Object.values(SETTINGS).map((setting) => setting.env));
  for (const name of Object.keys(environment)) {
    if (name.startsWith("HOOKLINE_") && !known.has(name)) {
      problems.push(`${name} is not a setting; \`hookline config\` lists them.`);
    }
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, settings: settings as unknown as Settings };
}

/** As it may be shown (I10): nothing of a secret, and a database's URL without its password. */
export function shownValue(env: string, value: string): string {
  const { adminToken, secretKey, secretKeyPrevious, egressProxy, store, pgListenUrl } = SETTINGS;
  const isOneOf = (settings: readonly { env: string }[]) => settings.some((one) => one.env === env);
  if (isOneOf([adminToken, secretKey, secretKeyPrevious, egressProxy])) return "…";
  if (!isOneOf([store, pgListenUrl])) return value;
  return value
    .replace(/^([a-z]+:\/\/[^:@/]*):.*@/, "$1:…@")
    .replace(/password=[^&]*/g, "password=…");
}
