/** The webhooks of a dialect as OpenAPI's `webhooks`: requests that a receiver answers. */
import type { TObject } from "typebox";
import { parseJson } from "../../core/json/json.ts";
import type { JsonValue } from "../../core/json/json-value.ts";
import type { ApiWebhook } from "../../dialects/api-document.ts";
import { toParameters } from "./openapi-call.ts";
import type { JsonObject, SchemaWriter } from "./plain-schema.ts";

const RESPONSES = { "2XX": { description: "The webhook was received." } } as const;

export function toWebhooks(webhooks: readonly ApiWebhook[], schemas: SchemaWriter): JsonObject {
  const found: Record<string, JsonObject> = {};
  for (const webhook of webhooks) {
    if (webhook.name in found) throw new Error(`webhook ${webhook.name} is documented twice`);
    const requests = webhook.methods.map((method) => [
      method.toLowerCase(),
      toRequest(webhook, method, schemas),
    ]);
    found[webhook.name] = Object.fromEntries(requests) as JsonObject;
  }
  return found;
}

/** With GET the fields of the body are in the query. */
function toRequest(webhook: ApiWebhook, method: string, schemas: SchemaWriter): JsonObject {
  const { summary, description, body } = webhook;
  const example = parseJson(webhook.example);
  const words = { summary, ...(description === undefined ? undefined : { description }) };
  if (method !== "GET") {
    const schema = schemas.write(body);
    const content = { "application/json": { schema, example } };
    return { ...words, requestBody: { required: true, content }, responses: RESPONSES };
  }
  const values = example as Readonly<Record<string, JsonValue>>;
  const isObject = (body as Partial<TObject>).properties !== undefined;
  const parameters = isObject
    ? toParameters(body as TObject, "query", { schemas, example: values })
    : [];
  return { ...words, parameters, responses: RESPONSES };
}
