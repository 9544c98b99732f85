/** Client for the commands that call a running server. */
import { readAdminToken } from "../config/credentials.ts";
import type { Settings } from "../config/settings.ts";
import { AppError } from "../core/error.ts";

export type ServerChoice = { readonly url?: string; readonly token?: string };

export type ServerClient = {
  /**
   * Returns the JSON answer. Refuses with the server's message, or with `store_unavailable` when the server
   * does not answer.
   */
  call(method: "GET" | "POST", path: string, body?: object): Promise<unknown>;
};

const TIMEOUT_MS = 30_000;

/** A client for the chosen server and token. By default, the settings provide both. */
export function serverClient(settings: Settings, choice: ServerChoice): ServerClient {
  const url = choice.url ?? toUrl(settings);
  const token = choice.token ?? readAdminToken(settings);
  return {
    async call(method, path, body) {
      let response: Response;
      try {
        response = await fetch(`${url.replace(/\/+$/, "")}/api/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
      } catch (cause) {
        throw new AppError(
          "store_unavailable",
          `No server answers at ${url}: start it, or give its address with --url.`,
          { cause },
        );
      }
      const text = await response.text();
      if (response.ok) return JSON.parse(text === "" ? "{}" : text);
      const code = response.status >= 500 ? "store_unavailable" : "invalid_field";
      throw new AppError(
        code,
        `${url} refused the request (${response.status}): ${toMessage(text)}`,
      );
    },
  };
}

function toUrl({ adminListen, host, port }: Settings): string {
  if (adminListen !== "") return `http://${adminListen}`;
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}

/** The message in a refusal. `detail` is a sentence, or a list with one message per field. */
function toMessage(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { readonly detail: unknown };
    if (!Array.isArray(detail)) return String(detail);
    return (detail as { loc: string[]; msg: string }[])
      .map(({ loc, msg }) => `${loc.slice(1).join(".")}: ${msg}`)
      .join("; ");
  } catch {
    return text.slice(0, 200);
  }
}
