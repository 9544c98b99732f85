/** One call of a dialect as Postman requests: one for each of its methods. */
import { stringifyJson } from "../../core/json/json.ts";
import type { JsonValue } from "../../core/json/json-value.ts";
import type { ApiCall, ApiMethod, SecurityScheme } from "../../dialects/api-document.ts";
import { takesBody } from "./openapi-call.ts";
import { findDescription, toMembers, type JsonObject } from "./plain-schema.ts";

type Schemes = Readonly<Record<string, SecurityScheme>>;
type Values = Readonly<Record<string, JsonValue>>;

export function toRequests(
  call: ApiCall,
  schemes: Schemes,
): { readonly method: ApiMethod; readonly request: JsonObject }[] {
  return call.methods.map((method) => ({ method, request: toRequest(call, method, schemes) }));
}

function toRequest(call: ApiCall, method: ApiMethod, schemes: Schemes): JsonObject {
  const inBody = call.fields !== undefined && takesBody(method);
  const { query, headers, fields } = call.example ?? {};
  const keys = call.security.flatMap((name) => toKey(name, schemes[name]));
  const body = inBody ? toForm(call) : toBody(call);
  return {
    method,
    ...toAuth(call, schemes),
    header: [
      ...body.header,
      ...keys.filter((key) => key.place === "header").map(({ entry }) => entry),
      ...toEntries(call.headers, headers),
    ],
    url: toUrl(call, [
      ...keys.filter((key) => key.place === "query").map(({ entry }) => entry),
      ...toEntries(call.query, query),
      ...(inBody ? [] : toEntries(call.fields, fields)),
    ]),
    ...(body.body === null ? undefined : { body: body.body }),
    ...(call.description === undefined ? undefined : { description: call.description }),
  };
}

/** Postman's authentication has one key, so keys are ordinary headers and parameters. */
function toAuth({ security }: ApiCall, schemes: Schemes): JsonObject {
  const bearer = security.find((name) => schemes[name]?.type === "http");
  if (bearer === undefined) return { auth: { type: "noauth" } };
  const token = { key: "token", value: `{{${bearer}}}`, type: "string" };
  return { auth: { type: "bearer", bearer: [token] } };
}

function toKey(
  name: string,
  scheme: SecurityScheme | undefined,
): { readonly place: "header" | "query"; readonly entry: JsonObject }[] {
  if (scheme?.type !== "apiKey") return [];
  return [{ place: scheme.in, entry: { key: scheme.name, value: `{{${name}}}` } }];
}

/** Optional parameters without an example are included but disabled. */
function toEntries(schema: ApiCall["query"], values: Values | undefined): JsonObject[] {
  return toMembers(schema).map(({ name, schema: member, isRequired }) => {
    const value = values?.[name];
    const description = findDescription(member);
    return {
      key: name,
      value: value === undefined ? "" : toText(value),
      ...(description === undefined ? undefined : { description }),
      ...(value === undefined && !isRequired ? { disabled: true } : undefined),
    };
  });
}

function toUrl({ path, params, example }: ApiCall, query: readonly JsonObject[]): JsonObject {
  const variable = toMembers(params).map(({ name, schema }) => {
    const description = findDescription(schema);
    return {
      key: name,
      value: example?.params?.[name] ?? "",
      ...(description === undefined ? undefined : { description }),
    };
  });
  const shown = query.filter(({ disabled }) => disabled !== true);
  const search = shown.map(({ key, value }) => `${toText(key)}=${toText(value)}`).join("&");
  return {
    raw: `{{baseUrl}}${path}${search === "" ? "" : `?${search}`}`,
    host: ["{{baseUrl}}"],
    path: path.split("/").slice(1),
    ...(query.length === 0 ? undefined : { query }),
    ...(variable.length === 0 ? undefined : { variable }),
  };
}

type Body = { readonly header: JsonObject[]; readonly body: JsonObject | null };

function toForm({ fields, example }: ApiCall): Body {
  return {
    header: [],
    body: { mode: "urlencoded", urlencoded: toEntries(fields, example?.fields) },
  };
}

/** A body is text, so its numbers keep their digits (I8). */
function toBody({ body, example }: ApiCall): Body {
  if (body === undefined) return { header: [], body: null };
  const raw = example?.body === undefined ? "" : stringifyJson(example.body, 2);
  const type = body.mediaTypes[0] ?? "application/json";
  return {
    header: [{ key: "Content-Type", value: type }],
    body: { mode: "raw", raw, options: { raw: { language: "json" } } },
  };
}

function toText(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : stringifyJson(value ?? "");
}
