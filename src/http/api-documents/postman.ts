/**
 * A dialect's API as a Postman Collection v2.1, made from the same data as its OpenAPI document. It has a
 * folder per tag, a request per call and method, and the example of each response. Values that differ between
 * servers are variables of the collection.
 */
import { stringifyJson } from "../../core/json/json.ts";
import type { ApiCall, ApiDocument, SecurityScheme } from "../../dialects/api-document.ts";
import type { JsonObject } from "./plain-schema.ts";
import type { Documented } from "./openapi.ts";
import { toRequests } from "./postman-request.ts";

const SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
const BASE_URL = "http://127.0.0.1:8080";

export function toPostman({ document }: Documented, version: string): JsonObject {
  return {
    info: {
      name: document.title,
      description: document.description,
      version,
      schema: SCHEMA,
    },
    item: toFolders(document),
    variable: [
      { key: "baseUrl", value: BASE_URL, type: "string" },
      ...Object.keys(document.schemes).map((name) => ({ key: name, value: "", type: "string" })),
    ],
  };
}

function toFolders({ calls, schemes }: ApiDocument): JsonObject[] {
  const folders = Map.groupBy(calls, ({ tag }) => tag);
  return [...folders].map(([name, list]) => ({
    name,
    item: list.flatMap((call) => toItems(call, schemes)),
  }));
}

function toItems(call: ApiCall, schemes: Readonly<Record<string, SecurityScheme>>): JsonObject[] {
  return toRequests(call, schemes).map(({ method, request }) => ({
    name: call.methods.length === 1 ? call.summary : `${call.summary} (${method})`,
    request,
    response: Object.entries(call.answers).map(([status, answer]) => {
      const body = answer.example === undefined ? "" : stringifyJson(answer.example, 2);
      return {
        name: answer.description,
        originalRequest: request,
        code: Number(status),
        header: body === "" ? [] : [{ key: "Content-Type", value: "application/json" }],
        body,
      };
    }),
  }));
}
