/** One call of a dialect as OpenAPI operations: one for each of its methods. */
import type { TObject } from "typebox";
import type { JsonValue } from "../../core/json/json-value.ts";
import type { ApiCall, ApiMethod } from "../../dialects/api-document.ts";
import { toResponses } from "./openapi-response.ts";
import { findDescription, toMembers, type JsonObject, type SchemaWriter } from "./plain-schema.ts";
import type { CallContext } from "./openapi-context.ts";

type Place = "path" | "query" | "header";

/** Every media type that fields may be sent in, besides the query. */
const FIELD_TYPES = [
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "application/json",
];

export function toOperations(
  call: ApiCall,
  context: CallContext,
): { readonly method: string; readonly operation: JsonObject }[] {
  return call.methods.map((method) => ({
    method: method.toLowerCase(),
    operation: toOperation(call, method, context),
  }));
}

/** Fields of GET and DELETE calls are in the query, since not every client can send their bodies. */
export function takesBody(method: ApiMethod): boolean {
  return method !== "GET" && method !== "DELETE";
}

/** Returns an id that is unique within the document, which client generators require. */
function operationId({ id, methods }: ApiCall, method: ApiMethod): string {
  return methods.length === 1 ? id : `${id}${method[0] ?? ""}${method.slice(1).toLowerCase()}`;
}

function toOperation(call: ApiCall, method: ApiMethod, context: CallContext): JsonObject {
  const { schemas } = context;
  const inBody = call.fields !== undefined && takesBody(method);
  const { params, query, headers, fields } = call.example ?? {};
  const parameters = [
    ...toParameters(call.params, "path", { schemas, example: params }),
    ...toParameters(call.query, "query", { schemas, example: query }),
    ...(inBody ? [] : toParameters(call.fields, "query", { schemas, example: fields })),
    ...toParameters(call.headers, "header", { schemas, example: headers }),
  ];
  const requestBody = inBody ? findFieldsBody(call, schemas) : findBody(call, schemas);
  const description = [call.description, inBody ? FIELDS_ANYWHERE : undefined].filter(Boolean);
  return {
    operationId: operationId(call, method),
    tags: [call.tag],
    summary: call.summary,
    ...(description.length === 0 ? undefined : { description: description.join("\n\n") }),
    ...(parameters.length === 0 ? undefined : { parameters }),
    ...(requestBody === null ? undefined : { requestBody }),
    security: toSecurity(call),
    responses: toResponses(call, context),
  };
}

const FIELDS_ANYWHERE =
  "Each field may be in the body, in any of its media types, or in the query.";

export function toParameters(
  schema: TObject | undefined,
  place: Place,
  more: {
    readonly schemas: SchemaWriter;
    readonly example?: Readonly<Record<string, JsonValue>> | undefined;
  },
): JsonObject[] {
  return toMembers(schema).map(({ name, schema: member, isRequired }) => {
    const description = findDescription(member);
    const example = more.example?.[name];
    return {
      name,
      in: place,
      required: place === "path" || isRequired,
      ...(description === undefined ? undefined : { description }),
      schema: more.schemas.write(member),
      ...(example === undefined ? undefined : { example }),
    };
  });
}

function findFieldsBody(
  { id, fields, example }: ApiCall,
  schemas: SchemaWriter,
): JsonObject | null {
  if (fields === undefined) return null;
  // The schema gets a name because each media type uses it.
  const schema = schemas.write({ ...fields, $id: `${id}Fields` });
  const shown = example?.fields === undefined ? undefined : { example: example.fields };
  const content = FIELD_TYPES.map((type) => [type, { schema, ...shown }] as const);
  // The body is never required, since all fields may be in the query.
  return { required: false, content: Object.fromEntries(content) };
}

function findBody({ body, example }: ApiCall, schemas: SchemaWriter): JsonObject | null {
  if (body === undefined) return null;
  const schema = schemas.write(body.schema);
  const shown = example?.body === undefined ? undefined : { example: example.body };
  const content = body.mediaTypes.map((type) => [type, { schema, ...shown }] as const);
  return { required: body.required, content: Object.fromEntries(content) };
}

/** The schemes in one object are required together. */
export function toSecurity({ security }: ApiCall): readonly JsonObject[] {
  return security.length === 0 ? [] : [Object.fromEntries(security.map((name) => [name, []]))];
}
