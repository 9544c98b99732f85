/**
 * Bodies of the native API are JSON whatever their Content-Type says: releases of its JavaScript SDK
 * send text/plain.
 */
import type { FastifyRequest } from "fastify";
import { parseJson } from "../../core/json.ts";
import type { JsonValue } from "../../core/json-value.ts";
import { bodyText } from "../read-body.ts";

/** The parsed body beside its text; an absent body is refused as not being JSON. */
export function jsonBody(request: FastifyRequest): {
  readonly text: string;
  readonly value: JsonValue;
} {
  const text = bodyText(request, null);
  return { text, value: parseJson(text) };
}

/** As `jsonBody`, for calls whose body may be left out. */
export function optionalJsonBody(request: FastifyRequest): JsonValue {
  const text = bodyText(request, null);
  return text === "" ? {} : parseJson(text);
}
