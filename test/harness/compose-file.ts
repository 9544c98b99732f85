/**
 * What `compose.yaml` and the `Dockerfile` say, read as an engine would read them, so that a test can
 * do it without one. Knows as much of the two formats as these files use and refuses the rest.
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

export type Image = {
  /** `ENTRYPOINT` and `CMD` of the last stage. */
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  readonly user: string;
};

export function readImage(): Image {
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8").replaceAll("\\\n", " ");
  const lines = text.slice(text.lastIndexOf("\nFROM ")).split("\n");
  const lineOf = (word: string): string => {
    const found = lines.filter((line) => line.startsWith(`${word} `));
    if (found.length !== 1) throw new Error(`the image has ${found.length} times ${word}`);
    return found[0] as string;
  };
  const listIn = (line: string): string[] => JSON.parse(line.slice(line.indexOf("["))) as string[];
  return {
    command: [...listIn(lineOf("ENTRYPOINT")), ...listIn(lineOf("CMD"))],
    healthCheck: listIn(lineOf("HEALTHCHECK")),
    user: lineOf("USER").slice("USER ".length),
  };
}
