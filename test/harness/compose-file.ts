/**
 * Reads `compose.yaml` as an engine does, so that a test can run it without one. The reader supports the
 * features that the file uses, and refuses others.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export const ROOT = join(import.meta.dirname, "../..");

type Variables = Readonly<Record<string, string>>;
export type ComposeService = {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
};
export type ComposeFile = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
};

/** The file as written, without interpolation. */
export function readCompose(): ComposeFile {
  return parse(readFileSync(join(ROOT, "compose.yaml"), "utf8"), { merge: true }) as ComposeFile;
}

/** The file with the operator's variables. Throws when a required one is missing. */
export function composeWith(variables: Variables): ComposeFile {
  return replaceIn(readCompose(), variables) as ComposeFile;
}

function replaceIn(value: unknown, variables: Variables): unknown {
  if (typeof value === "string") return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, variables));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaceIn(item, variables)]),
  );
}

/** Replaces `${NAME:-default}` and `${NAME:?why}`. An empty value counts as missing. */
function interpolate(text: string, variables: Variables): string {
  return text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}|\$/g, (all, name, mark, rest) => {
    if (mark === undefined) throw new Error(`"${all}" in "${text}" is not read here`);
    const given = variables[name as string] ?? "";
    if (given !== "") return given;
    if (mark === "?") throw new Error(`${name} is missing: ${rest}`);
    return rest as string;
  });
}
