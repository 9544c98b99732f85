/**
 * Writes the table of Svix's operations in `docs/svix-compatibility.md`: those of the newest SDK, and which of
 * them the native API serves. Both sides are read from code, so a new call appears by itself.
 *
 *   node scripts/svix-coverage.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Svix } from "svix";
import { CALLS } from "../src/dialects/svix/document.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs/svix-compatibility.md");
const BEGIN = "<!-- coverage begin -->\n";
const END = "<!-- coverage end -->";

const REQUEST = /new SvixRequest\(\s*"(\w+)",\s*"([^"]+)"/;

type Operation = {
  /** The noun of the SDK, such as `message.poller`. */
  readonly noun: string;
  readonly verb: string;
  readonly method: string;
  readonly path: string;
};

/** In the order of the SDK. A method of two names for one request is two operations. */
export function listOperations(): readonly Operation[] {
  return operationsOf(new Svix("token"), "");
}

function operationsOf(owner: object, noun: string): readonly Operation[] {
  const members = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(owner)));
  return members.flatMap(([name, { get, value }]): readonly Operation[] => {
    if (get !== undefined) {
      const inner = get.call(owner) as object;
      return operationsOf(inner, noun === "" ? name : `${noun}.${name}`);
    }
    const source = typeof value === "function" ? String(value) : "";
    const request = REQUEST.exec(source);
    if (name === "constructor" || request === null) return [];
    const [, method = "", path = ""] = request;
    return [{ noun, verb: name, method, path }];
  });
}

export function renderCoverage(): string {
  const served = new Set(
    CALLS.flatMap(({ methods, path }) => methods.map((method) => toKey(method, path))),
  );
  const operations = listOperations().map((operation) => {
    return { ...operation, isServed: served.has(toKey(operation.method, operation.path)) };
  });
  const count = operations.filter(({ isServed }) => isServed).length;
  const { version } = JSON.parse(
    readFileSync(join(ROOT, "node_modules/svix/package.json"), "utf8"),
  ) as { version: string };
  const nouns = Map.groupBy(operations, ({ noun }) => noun);
  const rows = Array.from(nouns, ([noun, ofNoun]) => {
    const cell = (isServed: boolean) => {
      const verbs = ofNoun.filter((one) => one.isServed === isServed);
      return verbs.map(({ verb }) => `\`${verb}\``).join(", ") || "–";
    };
    return `| \`${noun}\` | ${cell(true)} | ${cell(false)} |`;
  });
  return [
    `${count} of the ${operations.length} operations of Svix's SDK ${version} are served.`,
    "",
    "| | served | not served |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** Names of parameters differ. */
function toKey(method: string, path: string): string {
  return `${method} ${path.replaceAll(/:\w+|\{\w+\}/g, "{}")}`;
}

/** The page with its present table in place of the old one. */
export function renderPage(page = readFileSync(PAGE, "utf8")): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has no place for it`);
  return `${before}${BEGIN}${renderCoverage()}${END}${after}`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, renderPage());
