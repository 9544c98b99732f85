/**
 * A dialect's API as an OpenAPI 3.1 document. It is made from the schemas that validate its requests, so the
 * two cannot differ. Examples keep the digits of 64-bit ids (I8): the document must be printed with
 * `stringifyJson`. It knows no dialect by name.
 */
import type { JsonValue } from "../../core/json/json-value.ts";
import type { ApiCall, ApiDocument } from "../../dialects/api-document.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import { toOperations, toSecurity } from "./openapi-call.ts";
import { refusalResponses } from "./openapi-response.ts";
import { toWebhooks } from "./openapi-webhook.ts";
import { createSchemaWriter, type JsonObject } from "./plain-schema.ts";

/** The part of a dialect that a document needs. */
export type Documented = Pick<Dialect, "name" | "document" | "errors">;

export function toOpenApi(dialect: Documented, version: string): JsonObject {
  const { document, errors } = dialect;
  const schemas = createSchemaWriter();
  const context = { document, errors, schemas };
  const paths: Record<string, Record<string, JsonValue>> = {};
  for (const call of document.calls) {
    const path = (paths[toPath(call)] ??= {});
    for (const { method, operation } of toOperations(call, context)) {
      if (method in path) throw new Error(`${method} ${call.path} is documented twice`);
      path[method] = operation;
    }
  }
  const webhooks = toWebhooks(document.webhooks, schemas);
  const responses = refusalResponses(context);
  return {
    openapi: "3.1.0",
    info: { title: document.title, version, description: descriptionFor(dialect) },
    // The URL is relative to the document, so it means the server that the document came from.
    servers: [{ url: "/" }],
    // Each call has its schemes; this list is shown first to a reader.
    security: toSecurities(document),
    tags: toTags(document),
    paths,
    webhooks,
    components: {
      securitySchemes: { ...document.schemes },
      schemas: schemas.components(),
      responses,
    },
  };
}

function descriptionFor({ name, document }: Documented): string {
  const links = `This API as an [OpenAPI document](/openapi/${name}.json) and as a [Postman collection](/postman/${name}.json).`;
  return `${document.description}\n\n${links}`;
}

/** Returns every set of schemes that a call needs. */
function toSecurities({ calls }: ApiDocument): JsonValue {
  const sets = new Map(calls.map((call) => [call.security.join(), toSecurity(call)]));
  return [...sets.values()].flat();
}

/** `/v1/webhooks/:webhookId` → `/v1/webhooks/{webhookId}` */
function toPath({ path }: ApiCall): string {
  return path.replace(/:(\w+)/g, "{$1}");
}

function toTags({ calls }: ApiDocument): JsonValue {
  return [...new Set(calls.map(({ tag }) => tag))].map((name) => ({ name }));
}
