/**
 * One HTTP/1.1 request as bytes. No content of a header or the path can end its line: a name is a token and a
 * value is one line. Framing headers and `accept-encoding` are set only here.
 */
import { NetError } from "../outcome.ts";

export type HttpRequest = {
  readonly method: "POST" | "PUT" | "GET";
  /** The encoded path with its query. */
  readonly path: string;
  /** The value of the `Host` header. */
  readonly host: string;
  /** Names and values alternately, without those that are set here. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | null;
  /** Whether the connection may be reused; otherwise the receiver is asked to close it. */
  readonly keepsAlive: boolean;
};

/** Compressed responses are neither requested nor expanded. */
const NOT_COMPRESSED = "accept-encoding: identity\r\n";
const FRAMING_NAME =
  /^(?:connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const ONE_LINE = /^[\t\x20-\x7e\x80-\xff]*$/;
const PATH = /^\/[\x21-\x7e]*$/;
const HOST = /^[\x21-\x7e]+$/;
/** Names that passed the checks. Most requests have the same few, and further ones are checked each time. */
const checkedNames = new Set<string>();
const CHECKED_NAMES_LIMIT = 1000;

/** Builds the bytes. Throws a `NetError` for an invalid request; its sentence shows no value. */
export function requestBytes(request: HttpRequest): Buffer {
  const head = requestHead(request);
  const { body } = request;
  if (typeof body !== "string") {
    return body === null
      ? Buffer.from(head, "latin1")
      : Buffer.concat([Buffer.from(head, "latin1"), body]);
  }
  const bytes = Buffer.allocUnsafe(head.length + Buffer.byteLength(body));
  bytes.write(head, 0, "latin1");
  bytes.write(body, head.length, "utf8");
  return bytes;
}

function requestHead({ method, path, host, headers, body, keepsAlive }: HttpRequest): string {
  if (!PATH.test(path) || !HOST.test(host)) throw unwritable("the URL");
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: ${keepsAlive ? "keep-alive" : "close"}\r\n${NOT_COMPRESSED}`;
  let values = "";
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    const value = headers[index + 1] ?? "\n";
    checkName(name);
    head += `${name}: ${value}\r\n`;
    values += value;
  }
  // One search instead of one for each header.
  if (!ONE_LINE.test(values)) throw unwritable(`the header "${findBroken(headers)}"`);
  if (body === null) return method === "GET" ? `${head}\r\n` : `${head}content-length: 0\r\n\r\n`;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  return `${head}content-length: ${length}\r\n\r\n`;
}

function checkName(name: string): void {
  if (checkedNames.has(name)) return;
  if (!TOKEN.test(name)) throw unwritable("the name of a header");
  if (FRAMING_NAME.test(name)) throw unwritable(`the header "${name}"`);
  if (checkedNames.size < CHECKED_NAMES_LIMIT) checkedNames.add(name);
}

function findBroken(headers: readonly string[]): string {
  const at = headers.findIndex(
    (_, index) => index % 2 === 0 && !ONE_LINE.test(headers[index + 1] ?? "\n"),
  );
  return headers[at] ?? "";
}

function unwritable(what: string): NetError {
  return new NetError("protocol", `the request cannot be sent: ${what} is not valid in HTTP/1.1`);
}
