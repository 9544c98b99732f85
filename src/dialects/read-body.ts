/**
 * The body of a request as text, checked before use: the bytes must be UTF-8, and the media type one that the
 * call accepts. A body without a media type is read as JSON.
 */
import { isUtf8 } from "node:buffer";
import type { FastifyRequest } from "fastify";
import { AppError } from "../core/error.ts";
import { parseJson } from "../core/json/json.ts";
import type { JsonValue } from "../core/json/json-value.ts";

export const JSON_TYPES = ["application/json"] as const;
const NO_BODY = Buffer.alloc(0);

/** Byte order mark, which editors and exports put before a text. RFC 8259 lets a reader skip it. */
const BYTE_ORDER_MARK = Buffer.from("\uFEFF");

/** Refuses like `bodyBytes`. An absent body is "". */
export function bodyText(request: FastifyRequest, mediaTypes: readonly string[] | null): string {
  return bodyBytes(request, mediaTypes).toString("utf8");
}

/**
 * Refuses with `unsupported_media_type` or `invalid_encoding`. An absent body is empty. With null the
 * Content-Type is ignored.
 */
export function bodyBytes(request: FastifyRequest, mediaTypes: readonly string[] | null): Buffer {
  const { body } = request;
  if (!Buffer.isBuffer(body) || body.length === 0) return NO_BODY;
  checkEncoding(request);
  if (mediaTypes !== null) checkMediaType(request, mediaTypes);
  if (!isUtf8(body)) {
    throw new AppError("invalid_encoding", "The body is not UTF-8.", {
      problems: [{ path: [], message: "the body is not UTF-8", kind: "value_error.encoding" }],
    });
  }
  return body.subarray(afterMark(body, 0));
}

/** The position after the byte order mark at `from`, or `from` without one. */
export function afterMark(bytes: Buffer, from: number): number {
  const to = from + BYTE_ORDER_MARK.length;
  return bytes.subarray(from, to).equals(BYTE_ORDER_MARK) ? to : from;
}

/** The parsed body and its text. An absent body is refused with `invalid_json`. */
export function jsonBody(request: FastifyRequest): {
  readonly text: string;
  readonly value: JsonValue;
} {
  const text = bodyText(request, JSON_TYPES);
  return { text, value: parseJson(text) };
}

/** The lower-case media type without parameters. Null when the request has none. */
export function findMediaType(request: FastifyRequest): string | null {
  const header = request.headers["content-type"];
  if (header === undefined || header.trim() === "") return null;
  return (header.split(";", 1)[0] as string).trim().toLowerCase();
}

function checkEncoding(request: FastifyRequest): void {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new AppError(
      "unsupported_media_type",
      `A body with content-encoding ${encoding.slice(0, 40)} is not accepted: send the body without content-encoding.`,
    );
  }
}

function checkMediaType(request: FastifyRequest, mediaTypes: readonly string[]): void {
  const given = findMediaType(request);
  if (given === null) return;
  if (!mediaTypes.includes(given)) {
    throw new AppError(
      "unsupported_media_type",
      `The content-type is "${given.slice(0, 80)}": it must be ${mediaTypes.join(" or ")}.`,
    );
  }
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(
    request.headers["content-type"] as string,
  )?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new AppError(
      "unsupported_media_type",
      `The charset is "${charset.slice(0, 40)}": it must be UTF-8.`,
    );
  }
}
