/**
 * The settings of a running server for its operator: the name, the value as the environment has it, and its source.
 * A secret has no value here, only whether it is set (I10).
 */
import { isDeepStrictEqual } from "node:util";
import type { SettingInForce } from "../operations/system/node-facts.ts";
import type { Credentials } from "./credentials.ts";
import { shownValue } from "./read-settings.ts";
import { SETTINGS, type Settings } from "./settings.ts";

const HIDDEN = "…";
/** Secrets that a start keeps in a file when no setting has them. */
const FILES = { adminToken: "adminTokenFile", secretKey: "secretKeyFile" } as const;

export function settingsInForce(
  settings: Settings,
  p: {
    readonly credentials: Credentials;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): readonly SettingInForce[] {
  return Object.entries(SETTINGS).map(([key, { env: name, fallback, parse, sentence }]) => {
    const value: unknown = settings[key as keyof Settings];
    const isOf = (text: string): boolean => {
      const parsed = parse(text.trim());
      return parsed.ok && isDeepStrictEqual(parsed.value, value);
    };
    const given = p.environment[name] ?? "";
    const [text, source] =
      given !== "" && isOf(given)
        ? ([given, "environment"] as const)
        : isOf(fallback)
          ? ([fallback, "default"] as const)
          : ([String(value), "command"] as const);
    const isSecret = shownValue(name, "x") === HIDDEN;
    if (!isSecret) return { name, value: shownValue(name, text), source, description: sentence };
    const file = key in FILES ? p.credentials[FILES[key as keyof typeof FILES]] : null;
    const isSet = text !== "" || file !== null;
    return {
      name,
      value: isSet ? "set" : "not set",
      source: text === "" && file !== null ? "file" : source,
      description: sentence,
    };
  });
}
