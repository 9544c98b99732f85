/**
 * `hookline events`: the canonical event types, for people and for `docs/events.md`. Everything is read from
 * the catalogue, so the page matches the validator.
 */
import { styleText } from "node:util";
import { CATALOGUE } from "../core/events/catalogue.ts";
import type { CatalogueEntry } from "../core/events/catalogue.ts";

/** The parts of a JSON Schema that the page shows. */
type Schema = {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly format?: string;
  readonly description?: string;
};

type Field = { readonly path: string; readonly schema: Schema; readonly isRequired: boolean };

const ENTRIES: readonly CatalogueEntry[] = Object.values(CATALOGUE);

const HEAD = [
  "# Event types",
  "",
  `These ${ENTRIES.length} types are built in. A payload of one of them is checked against its schema when it is`,
  "published. An invalid payload is refused with 422; the answer names each invalid field and its",
  "allowed values. Fields that a schema does not name are allowed and are delivered unchanged.",
  "`GET /api/v1/event-type/{name}` returns the JSON Schema. Any other type may be published too, with",
  "any JSON object as its payload: see [publishing](publishing.md). The operator can",
  "[turn built-in types off](publishing.md#your-own-event-types), one or all.",
  "",
  "To send an example payload to an endpoint, call",
  "`POST /api/v1/app/{app}/endpoint/{endpoint}/send-example`.",
  "This page is generated: `npm run --silent docs`.",
];

export function listEvents({ markdown }: { markdown: boolean }): number {
  if (markdown) process.stdout.write(eventsPage());
  else {
    const width = Math.max(...ENTRIES.map(({ type }) => type.length));
    for (const { type, description } of ENTRIES) {
      console.log(`${styleText("bold", type.padEnd(width))}  ${description}`);
    }
  }
  return 0;
}

/** The exact content of `docs/events.md`. A test compares the file with it. */
export function eventsPage(): string {
  return [
    ...HEAD,
    "",
    "| type | group | description |",
    "| --- | --- | --- |",
    ...ENTRIES.map(
      ({ type, groupName, description }) =>
        `| [\`${type}\`](#${toAnchor(type)}) | ${groupName} | ${description} |`,
    ),
    ...ENTRIES.flatMap(toSection),
    "",
  ].join("\n");
}

function toSection({ type, description, schemaJson, example }: CatalogueEntry): string[] {
  return [
    "",
    `## ${type}`,
    "",
    description,
    "",
    "| field | type | required | meaning |",
    "| --- | --- | --- | --- |",
    ...toFields(schemaJson as Schema, "").map(
      ({ path, schema, isRequired }) =>
        `| \`${path}\` | ${toType(schema)} | ${isRequired ? "yes" : "no"} | ${toMeaning(schema)} |`,
    ),
    "",
    "```json",
    JSON.stringify(example, null, 2),
    "```",
  ];
}

/** Every field below an object, parents before children. Fields of list items are named `name[].field`. */
function toFields({ properties = {}, required = [] }: Schema, prefix: string): Field[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = prefix + name;
    const field = { path, schema, isRequired: required.includes(name) };
    const inner = schema.items === undefined ? schema : schema.items;
    const below = schema.items === undefined ? `${path}.` : `${path}[].`;
    return [field, ...toFields(inner, below)];
  });
}

function toType({ type, enum: choices, anyOf, items }: Schema): string {
  if (choices !== undefined) return "string";
  if (anyOf !== undefined) return anyOf.map(toType).join(" or ");
  return items === undefined ? (type ?? "any") : `list of ${toType(items)}s`;
}

function toMeaning({ description, enum: choices, type }: Schema): string {
  if (choices !== undefined) return `one of ${choices.map((word) => `\`${word}\``).join(", ")}`;
  return (description ?? (type === "object" ? "the fields below" : "")).replaceAll("|", "\\|");
}

/** The anchor that GitHub derives from a heading. */
function toAnchor(type: string): string {
  return type.replaceAll(".", "");
}
