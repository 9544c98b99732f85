/** Sends one request with the path as written: `fetch` resolves `.` and `..` in a path first. */
import { request } from "node:http";
import { ADMIN_TOKEN } from "./native-api.ts";

export type UnfoldedAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
};

export function unfoldedCall(
  url: string,
  method: string,
  path: string,
  more: {
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<UnfoldedAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<UnfoldedAnswer>();
  const { hostname, port } = new URL(url);
  const body = more.body === undefined ? null : Buffer.from(more.body);
  const headers = {
    authorization: `Bearer ${ADMIN_TOKEN}`,
    ...(body === null
      ? undefined
      : { "content-type": "application/json", "content-length": String(body.length) }),
    ...more.headers,
  };
  const sent = request({ hostname, port, method, path, headers }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (part: string) => (text += part));
    response.once("end", () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
    );
    response.once("error", reject);
  });
  sent.once("error", reject);
  sent.end(body);
  return promise;
}
