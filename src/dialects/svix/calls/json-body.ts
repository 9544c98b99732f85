/**
 * Bodies of the native API are JSON under any Content-Type: releases of Svix's JavaScript SDK send
 * text/plain.
 */
import type { FastifyRequest } from "fastify";
import { parseJson } from "../../../core/json/json.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import { bodyText } from "../../read-body.ts";

/** The parsed body and its text. An absent body is refused with `invalid_json`. */
export function jsonBody(request: FastifyRequest): {
  readonly text: string;
  readonly value: JsonValue;
} {
  const text = bodyText(request, null);
  return { text, value: parseJson(text) };
}

/** Variant of `jsonBody` for calls with an optional body. */
export function optionalJsonBody(request: FastifyRequest): JsonValue {
  const text = bodyText(request, null);
  return text === "" ? {} : parseJson(text);
}
