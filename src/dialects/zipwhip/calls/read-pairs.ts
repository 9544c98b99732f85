/**
 * The parameters of a request in their order, query first, then body. A body that contradicts its content
 * type is refused. Without a content type, or with one that implies no parameters, the format is detected.
 */
import type { FastifyRequest } from "fastify";
import { AppError, refuseField } from "../../../core/error.ts";
import { parseJson } from "../../../core/json/json.ts";
import { isObject, type JsonValue } from "../../../core/json/json-value.ts";
import { bodyText, findMediaType } from "../../read-body.ts";

/** JSON may contain values that are not text. */
export type Pair = readonly [name: string, value: JsonValue];

/** A hundred ids under each of their three names, and a few more parameters. */
const MOST_PARAMETERS = 320;
/** Lines of a part in a multipart body: boundary, two headers, a blank one, the value. */
const LINES_OF_PART = 5;
const FORM = "application/x-www-form-urlencoded";
const MULTIPART = "multipart/form-data";
const TAKEN = `${FORM}, ${MULTIPART} or application/json`;
/** The replacement character that a decoder inserts for bytes that are not UTF-8. */
const REPLACEMENT = "\uFFFD";

/**
 * Refuses with `invalid_json`, `invalid_encoding` or `unsupported_media_type`. Refuses files and malformed
 * multipart bodies with `invalid_field`.
 */
export async function readPairs(request: FastifyRequest): Promise<readonly Pair[]> {
  const { url } = request;
  const start = url.indexOf("?");
  const query = start === -1 ? "" : url.slice(start + 1);
  const pairs = [...formPairs(query), ...(await bodyPairs(request))];
  checkCount(pairs.length);
  return pairs;
}

function checkCount(count: number): void {
  if (count <= MOST_PARAMETERS) return;
  throw new AppError(
    "invalid_field",
    `The request has more than ${MOST_PARAMETERS} parameters; send fewer.`,
  );
}

/** Parameters are counted before parsing, because parsing is expensive and the caller is still unknown. */
function countPairs(text: string | Buffer, separator: string): number {
  let count = 0;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1))
    count += 1;
  return count;
}

async function bodyPairs(request: FastifyRequest): Promise<readonly Pair[]> {
  const type = findMediaType(request);
  if (type === MULTIPART) return multipartPairs(request);
  const text = bodyText(request, type === null ? [] : [type]);
  if (text.trim() === "") return [];
  if (type !== null && /[/+]json$/.test(type)) return jsonPairs(text);
  const isProbablyJson = /^\s*[{[]/.test(text);
  if (type === FORM && isProbablyJson) {
    const message = `The content-type is "${FORM}", but the body is JSON: use application/json.`;
    throw new AppError("unsupported_media_type", message);
  }
  if (isProbablyJson) return jsonPairs(text);
  if (type === FORM || /^[^\s=&]+=/.test(text)) return formPairs(text.trim());
  const problem =
    type === null ? "There is no content-type" : `The content-type is "${type.slice(0, 80)}"`;
  throw new AppError("unsupported_media_type", `${problem}: it must be ${TAKEN}.`);
}

function formPairs(text: string): readonly Pair[] {
  checkCount(countPairs(text, "&"));
  return [...new URLSearchParams(text)].map(([name, value]) => checkedPair(name, value));
}

function jsonPairs(text: string): readonly Pair[] {
  const value = parseJson(text);
  if (isObject(value)) return Object.entries(value);
  throw new AppError("invalid_field", "The body must be a JSON object of parameters.");
}

async function multipartPairs(request: FastifyRequest): Promise<readonly Pair[]> {
  const { body } = request;
  if (!Buffer.isBuffer(body) || body.length === 0) return [];
  checkCount(Math.ceil(countPairs(body, "\n") / LINES_OF_PART));
  const form = await parseMultipart(body, request.headers["content-type"] ?? "");
  return [...form].map(([name, value]) => {
    if (typeof value === "string") return checkedPair(name, value);
    throw refuseField("invalid_field", [name], `${name} is a file; it must be a text.`);
  });
}

async function parseMultipart(body: Buffer, contentType: string): Promise<FormData> {
  try {
    const headers = { "content-type": contentType };
    return await new Response(new Uint8Array(body), { headers }).formData();
  } catch (cause) {
    const message = `The content-type is "${MULTIPART}", but the body is not valid multipart.`;
    throw new AppError("invalid_field", message, { cause });
  }
}

function checkedPair(name: string, value: string): Pair {
  if (value.includes(REPLACEMENT) || name.includes(REPLACEMENT)) {
    const shown = name.slice(0, 40);
    const message = `The parameter ${JSON.stringify(shown)} is not UTF-8.`;
    throw refuseField("invalid_encoding", [name], message);
  }
  return [name, value];
}
