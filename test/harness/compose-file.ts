/**
 * What `compose.yaml` says, read as an engine would read it, so that a test can do it without one.
 * Knows as much of the format as the file uses and refuses the rest.
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

/** As it is written, with nothing put in. */
export function readCompose(): ComposeFile {
  return parse(readFileSync(join(ROOT, "compose.yaml"), "utf8"), { merge: true }) as ComposeFile;
}

/** With the operator's variables; throws where one that must be given is not. */
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

/** `${NAME:-default}` and `${NAME:?why}`: an empty value counts as none. */
function interpolate(text: string, variables: Variables): string {
  return text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}|\$/g, (all, name, mark, rest) => {
    if (mark === undefined) throw new Error(`"${all}" in "${text}" is not read here`);
    const given = variables[name as string] ?? "";
    if (given !== "") return given;
    if (mark === "?") throw new Error(`${name} is missing: ${rest}`);
    return rest as string;
  });
}
