/**
 * Writes TypeScript types of the native API's calls from its OpenAPI document, for the pages. The document
 * uses a small part of JSON Schema; a keyword outside it is refused rather than typed too loosely.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readSettings } from "../src/config/read-settings.ts";
import { VERSION } from "../src/config/version.ts";
import { createDialects } from "../src/dialects/list.ts";
import { toOpenApi } from "../src/http/api-documents/openapi.ts";

type Schema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
};
type Content = { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
};
type Operation = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content>>;
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const JSON_TYPE = "application/json";

/** Writes the types to `file`, and returns the number of calls. */
export function writeApiTypes(file: string): number {
  const read = readSettings({});
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const native = createDialects(read.settings).find(({ name }) => name === "svix");
  if (native === undefined) throw new Error("there is no native API");
  const { text, calls } = toApiTypes(toOpenApi(native, VERSION) as Document);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return calls;
}

function toApiTypes(document: Document): { readonly text: string; readonly calls: number } {
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `  ${JSON.stringify(name)}: ${toType(schema)};`,
  );
  const calls = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => toCall(method, path, operation)),
  );
  const text = [
    "// Written by scripts/build-ui.ts from the OpenAPI document.",
    "export interface Schemas {",
    ...schemas,
    "}",
    "export interface Calls {",
    ...calls,
    "}",
    "",
  ].join("\n");
  return { text, calls: calls.length };
}

function toCall(method: string, path: string, operation: Operation): string {
  const { parameters = [], requestBody, responses } = operation;
  const among = (place: string): string =>
    `{ ${parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, required, schema }) => member(name, schema, required === true))
      .join(" ")} }`;
  const body = requestBody?.content?.[JSON_TYPE]?.schema;
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith("2"))
    .map(([, { content }]) => content?.[JSON_TYPE]?.schema);
  const types = answers.map((schema) => (schema === undefined ? "null" : toType(schema)));
  const answer = [...new Set(types)].join(" | ");
  return `  ${JSON.stringify(`${method.toUpperCase()} ${path}`)}: { path: ${among("path")}; query: ${among("query")}; body: ${
    body === undefined ? "undefined" : toType(body)
  }; answer: ${answer === "" ? "null" : answer} };`;
}

function member(name: string, schema: Schema, isRequired: boolean): string {
  return `${JSON.stringify(name)}${isRequired ? "" : "?"}: ${toType(schema)}${isRequired ? "" : " | undefined"};`;
}

function toType(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = /^#\/components\/schemas\/([^/]+)$/.exec(schema.$ref)?.[1];
    if (name === undefined) throw new Error(`${schema.$ref} is no schema of the document`);
    return `Schemas[${JSON.stringify(name)}]`;
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.anyOf !== undefined) {
    return `(${[...new Set(schema.anyOf.map(toType))].join(" | ")})`;
  }
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `readonly (${schema.items === undefined ? "unknown" : toType(schema.items)})[]`;
    case "object":
      return toObject(schema);
    case undefined:
      return "unknown";
    default:
      throw new Error(`the type ${schema.type} is not read here`);
  }
}

function toObject({ properties, required = [], additionalProperties }: Schema): string {
  const others =
    typeof additionalProperties === "object" && additionalProperties !== null
      ? `Readonly<Record<string, ${toType(additionalProperties)}>>`
      : null;
  if (properties === undefined) return others ?? "Readonly<Record<string, unknown>>";
  const members = Object.entries(properties).map(
    ([name, one]) => `readonly ${member(name, one, required.includes(name))}`,
  );
  return `{ ${members.join(" ")} }${others === null ? "" : ` & ${others}`}`;
}
