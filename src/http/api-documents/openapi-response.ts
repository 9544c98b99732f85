/**
 * The responses of a call: its documented ones, and every refusal under the status of its dialect. If both
 * have one status, as in an API that refuses with 200, a body may be either.
 */
import type { ErrorCode } from "../../core/error.ts";
import type { JsonValue } from "../../core/json/json-value.ts";
import type { ApiAnswer, ApiCall, ApiRefusal } from "../../dialects/api-document.ts";
import type { CallContext } from "./openapi-context.ts";
import type { JsonObject, SchemaWriter } from "./plain-schema.ts";
import { describeRefusals, toRefusals } from "./refusals.ts";

const JSON_TYPE = "application/json";
/** Statuses with a `Retry-After` header. */
const BUSY = [429, 503];

/** The refusal of Node's parser, before the path and so the dialect is known; the text is Fastify's. */
const HEADERS_TOO_LARGE = {
  description: "The URL and the headers together exceed 16 KiB.",
  content: {
    [JSON_TYPE]: {
      schema: {
        type: "object",
        required: ["error", "message", "statusCode"],
        properties: {
          error: { type: "string" },
          message: { type: "string" },
          statusCode: { type: "integer" },
        },
      },
    },
  },
} as const;

type Content = Record<string, JsonObject>;

export function toResponses(call: ApiCall, context: CallContext): JsonObject {
  const responses: Record<string, JsonObject> = {};
  for (const [status, answer] of Object.entries(call.answers)) {
    const content = answerContent(answer, context.schemas);
    responses[status] = toResponse(answer.description, content);
  }
  for (const { status, codes } of toRefusals(call, context.errors)) {
    const answer = call.answers[status];
    if (answer === undefined) {
      responses[status] = { $ref: `#/components/responses/${toName(status)}` };
      continue;
    }
    const refused = describeRefusals(codes, context.errors);
    const description = `${answer.description}\n\nOr a refusal:\n${refused}`;
    const content = besides(answer, toRefusal(context, status), context.schemas);
    responses[status] = { ...toResponse(description, content), ...findHeaders(status) };
  }
  return { ...responses, 431: { $ref: "#/components/responses/HeadersTooLarge" } };
}

/**
 * Returns one response for each status that the dialect refuses with; calls refer to the ones they can have.
 */
export function refusalResponses(context: CallContext): JsonObject {
  const codes = Object.keys(context.errors) as ErrorCode[];
  const statuses = [...new Set(codes.map((code) => context.errors[code].status))];
  const responses = statuses
    .toSorted((a, b) => a - b)
    .map((status) => {
      const own = codes.filter((code) => context.errors[code].status === status);
      const description = describeRefusals(own, context.errors);
      const content = { [JSON_TYPE]: toBody(toRefusal(context, status), context.schemas) };
      return [toName(status), { ...toResponse(description, content), ...findHeaders(status) }];
    });
  return { ...Object.fromEntries(responses), HeadersTooLarge: HEADERS_TOO_LARGE } as JsonObject;
}

function toName(status: number): string {
  return `Refused${status}`;
}

function toResponse(description: string, content: Content | null): JsonObject {
  return { description, ...(content === null ? undefined : { content }) };
}

function answerContent(answer: ApiAnswer, schemas: SchemaWriter): Content | null {
  const { schema, mediaType = JSON_TYPE, example } = answer;
  return schema === null ? null : { [mediaType]: toBody({ schema, example }, schemas) };
}

function toBody(
  { schema, example }: Pick<ApiRefusal, "schema"> & { readonly example?: JsonValue | undefined },
  schemas: SchemaWriter,
): JsonObject {
  return { schema: schemas.write(schema), ...(example === undefined ? undefined : { example }) };
}

/** Combines the bodies of a response and of a refusal under one status. */
function besides(answer: ApiAnswer, refusal: ApiRefusal, schemas: SchemaWriter): Content {
  const content = answerContent(answer, schemas) ?? {};
  const same = content[JSON_TYPE];
  const refused = toBody(refusal, schemas);
  if (same === undefined) return { ...content, [JSON_TYPE]: refused };
  const { example } = answer;
  const anyOf = [same["schema"] ?? {}, refused["schema"] ?? {}];
  const examples = {
    ...(example === undefined ? undefined : { answer: { value: example } }),
    refusal: { value: refusal.example },
  };
  return { ...content, [JSON_TYPE]: { schema: { anyOf }, examples } };
}

function toRefusal({ document: { refusal } }: CallContext, status: number): ApiRefusal {
  return refusal.byStatus?.[status] ?? refusal;
}

function findHeaders(status: number): JsonObject | undefined {
  if (!BUSY.includes(status)) return undefined;
  const description = "Seconds after which the same request may succeed.";
  return { headers: { "Retry-After": { description, schema: { type: "integer" } } } };
}
