/**
 * Converts TypeBox schemas to plain JSON Schema 2020-12, the form of OpenAPI 3.1. Schemas with an `$id` are
 * written once, among the document's components, and referred to elsewhere.
 */
import type { TObject, TSchema } from "typebox";
import type { JsonValue } from "../../core/json/json-value.ts";

export type JsonObject = { readonly [name: string]: JsonValue };

export type SchemaWriter = {
  write(schema: TSchema): JsonObject;
  /** Returns every schema with an `$id` that was written so far, by its id. */
  components(): JsonObject;
};

const COMPONENTS = "#/components/schemas/";

export function createSchemaWriter(): SchemaWriter {
  const components = new Map<string, JsonObject>();

  function write(schema: object): JsonObject {
    const { $id, ...rest } = schema as { readonly $id?: string };
    if ($id === undefined) return plain(rest);
    // The id is registered first, or a recursive schema would never end.
    if (!components.has($id)) {
      components.set($id, {});
      components.set($id, plain(rest));
    }
    return { $ref: `${COMPONENTS}${$id}` };
  }
  function plain(schema: object): JsonObject {
    const entries = Object.entries(schema).flatMap(([name, value]) => member(name, value));
    return Object.fromEntries(entries);
  }
  function member(name: string, value: unknown): [string, JsonValue][] {
    // JSON Schema has no bigint: it is an integer like any other, as exact as its reader.
    if (name === "type" && value === "bigint") {
      return [
        ["type", "integer"],
        ["format", "int64"],
      ];
    }
    if (name === "pattern") return [[name, spelledOut(value as string)]];
    if (name === "$ref") return [[name, toRef(value as string)]];
    if (name === "properties") return [[name, mapped(value as object)]];
    // Tools show a record of any values best as additional properties.
    if (name === "patternProperties") {
      const rules = mapped(value as object);
      const any = rules["^.*$"];
      return any === undefined ? [[name, rules]] : [["additionalProperties", any]];
    }
    return [[name, isSchemaPlace(name) ? below(value) : (value as JsonValue)]];
  }
  function mapped(schemas: object): JsonObject {
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, write(schema as object)]),
    );
  }
  function below(value: unknown): JsonValue {
    if (Array.isArray(value)) return value.map((item) => write(item as object));
    return typeof value === "object" && value !== null ? write(value) : (value as JsonValue);
  }
  return { write, components: () => Object.fromEntries(components) };
}

/** Returns the members of an object schema, each with whether it is required. */
export function toMembers(
  schema: TObject | undefined,
): { readonly name: string; readonly schema: TSchema; readonly isRequired: boolean }[] {
  if (schema === undefined) return [];
  const required = (schema.required ?? []) as readonly string[];
  return Object.entries(schema.properties).map(([name, member]) => ({
    name,
    schema: member,
    isRequired: required.includes(name),
  }));
}

/** Returns the description of a schema, for which TypeBox has no type. */
export function findDescription(schema: TSchema): string | undefined {
  return (schema as { readonly description?: string }).description;
}

function toRef(text: string): string {
  return text.startsWith("#") ? text : `${COMPONENTS}${text}`;
}

/**
 * Many regular expression engines, such as Python's, do not support Unicode properties. Both of these are
 * always inside brackets here.
 */
function spelledOut(pattern: string): string {
  return pattern
    .replaceAll("\\p{Cc}", "\\x00-\\x1f\\x7f-\\x9f")
    .replaceAll("\\p{Cs}", "\\ud800-\\udfff");
}

function isSchemaPlace(name: string): boolean {
  return ["items", "anyOf", "oneOf", "allOf", "not", "additionalProperties"].includes(name);
}
