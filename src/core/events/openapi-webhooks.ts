/**
 * The webhooks of an OpenAPI document as event types. A webhook's key is the name of its type, and the schema of
 * its body becomes version 1. Components that the schema refers to are copied into it as `$defs`.
 */
import type { FieldProblem } from "../error.ts";
import { schemaProblem } from "../json/json-schema.ts";
import { stringifyJson } from "../json/json.ts";
import { isObject, type JsonValue } from "../json/json-value.ts";

export type OpenApiType = {
  readonly name: string;
  readonly description: string;
  readonly deprecated: boolean;
  /** JSON text of the schemas by version, or null for a webhook without a JSON body. */
  readonly schemas: string | null;
};

type Path = FieldProblem["path"];
type JsonObject = { readonly [name: string]: JsonValue };

export type OpenApiRead =
  | { readonly ok: true; readonly types: readonly OpenApiType[] }
  | { readonly ok: false; readonly problem: { readonly path: Path; readonly message: string } };

export const OPENAPI_LIMITS = {
  webhooks: 500,
  /** All schemas together: a component is copied into each schema that refers to it. */
  schemaBytes: 2 * 1024 ** 2,
  descriptionLength: 4096,
} as const;

const METHODS = ["post", "put", "patch", "get", "delete"];
const COMPONENT = /^#\/components\/schemas\/([^/]+)$/;
const BODY = /^#\/components\/requestBodies\/([^/]+)$/;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i;

class Refused extends Error {
  readonly problem: { readonly path: Path; readonly message: string };

  constructor(path: Path, message: string) {
    super(message);
    this.problem = { path, message };
  }
}

/** `isName` is the rule for names of event types. */
export function readOpenApi(spec: JsonValue, isName: (name: string) => boolean): OpenApiRead {
  try {
    return { ok: true, types: readTypes(spec, isName) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: error.problem };
    throw error;
  }
}

function readTypes(spec: JsonValue, isName: (name: string) => boolean): readonly OpenApiType[] {
  if (!isObject(spec)) throw new Refused([], "must be an OpenAPI document");
  const key = ["webhooks", "x-webhooks"].find((name) => Object.hasOwn(spec, name));
  const webhooks = key === undefined ? undefined : spec[key];
  if (key === undefined || !isObject(webhooks))
    throw new Refused([], "must have its webhooks under `webhooks` or `x-webhooks`");
  const entries = Object.entries(webhooks);
  if (entries.length > OPENAPI_LIMITS.webhooks) {
    const most = `must have at most ${OPENAPI_LIMITS.webhooks} webhooks; it has ${entries.length}`;
    throw new Refused([key], most);
  }
  let bytes = 0;
  return entries.map(([name, item]) => {
    const path = [key, name];
    if (!isName(name)) throw new Refused(path, "must be a valid name of an event type");
    const type = readWebhook(spec, { name, item, path });
    bytes += Buffer.byteLength(type.schemas ?? "");
    if (bytes > OPENAPI_LIMITS.schemaBytes)
      throw new Refused(path, "the schemas have more than 2 MiB together; import fewer webhooks");
    return type;
  });
}

function readWebhook(
  spec: JsonObject,
  { name, item, path }: { name: string; item: JsonValue | undefined; path: Path },
): OpenApiType {
  const method = METHODS.find((one) => isObject(item) && isObject(item[one]));
  if (!isObject(item) || method === undefined)
    throw new Refused(path, `must have an operation: ${METHODS.join(", ")}`);
  const operation = item[method] as JsonObject;
  const texts = [operation, item].flatMap((one) => [one["description"], one["summary"]]);
  const description = texts.find((text) => typeof text === "string" && text !== "") ?? "";
  if (typeof description !== "string" || description.length > OPENAPI_LIMITS.descriptionLength) {
    const most = `must have at most ${OPENAPI_LIMITS.descriptionLength} characters`;
    throw new Refused([...path, method, "description"], most);
  }
  const schema = findSchema(spec, operation, [...path, method, "requestBody"]);
  return {
    name,
    description,
    deprecated: operation["deprecated"] === true,
    schemas: schema === null ? null : stringifyJson({ 1: schema }),
  };
}

function findSchema(spec: JsonObject, operation: JsonObject, path: Path): JsonValue | null {
  let body = operation["requestBody"];
  if (isObject(body) && typeof body["$ref"] === "string")
    body = findComponent(spec, { ref: body["$ref"], form: BODY, kind: "requestBodies", path });
  const content = isObject(body) ? body["content"] : undefined;
  if (!isObject(content)) return null;
  const type = Object.keys(content).find((name) => JSON_TYPE.test(name));
  const media = type === undefined ? undefined : content[type];
  const schema = isObject(media) ? media["schema"] : undefined;
  if (schema === undefined) return null;
  const complete = withComponents(spec, schema, path);
  const problem = schemaProblem(complete, []);
  if (problem === undefined) return complete;
  throw new Refused([...path, ...problem.path], `is not a JSON Schema: ${problem.message}`);
}

function findComponent(
  spec: JsonObject,
  p: { readonly ref: string; readonly form: RegExp; readonly kind: string; readonly path: Path },
): JsonValue {
  const name = p.form.exec(p.ref)?.[1];
  const components = spec["components"];
  const ofKind = isObject(components) ? components[p.kind] : undefined;
  const found =
    name !== undefined && isObject(ofKind) && Object.hasOwn(ofKind, name)
      ? ofKind[name]
      : undefined;
  if (found !== undefined) return found;
  throw new Refused(p.path, `"${p.ref.slice(0, 256)}" is not a component of this document`);
}

/** The schema with its references to components as references to its own `$defs`. */
function withComponents(spec: JsonObject, schema: JsonValue, path: Path): JsonValue {
  const defs = new Map<string, JsonValue>();
  const waiting: string[] = [];
  const root = rewrite(schema);
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    const name = COMPONENT.exec(ref)?.[1] ?? "";
    const component = findComponent(spec, { ref, form: COMPONENT, kind: "schemas", path });
    defs.set(name, null);
    defs.set(name, rewrite(component));
  }
  if (defs.size === 0 || !isObject(root)) return root;
  const own = isObject(root["$defs"]) ? root["$defs"] : {};
  return { ...root, $defs: { ...own, ...Object.fromEntries(defs) } };

  function rewrite(value: JsonValue): JsonValue {
    if (Array.isArray(value)) return value.map(rewrite);
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([name, member]): [string, JsonValue] =>
      name === "$ref" && typeof member === "string"
        ? [name, toDefs(member)]
        : [name, rewrite(member)],
    );
    return Object.fromEntries(entries);
  }

  function toDefs(ref: string): string {
    const name = COMPONENT.exec(ref)?.[1];
    if (name === undefined) {
      if (ref.startsWith("#/$defs/")) return ref;
      throw new Refused(path, `"${ref.slice(0, 256)}" must be under #/components/schemas/`);
    }
    if (!defs.has(name) && !waiting.includes(ref)) waiting.push(ref);
    return `#/$defs/${name}`;
  }
}
