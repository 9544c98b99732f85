/**
 * Reads one webhook with only the vendor's documents at hand. The event comes from the registered URL
 * (Zipwhip, Sendblue) or from the body (Chirp), and the message from the vendor's id.
 */
import { parseJson } from "../src/core/json/json.ts";
import type { JsonValue } from "../src/core/json/json-value.ts";
import type { Dialect } from "../src/core/snapshot.ts";

export type ReadWebhook = {
  /** The vendor's name for the event. */
  readonly event: string;
  /** The message's status in the vendor's words. Empty when the event implies it. */
  readonly state: string;
  /** The ids in the body, the most specific first. */
  readonly ids: readonly BodyId[];
};

export type BodyId = { readonly name: string; readonly value: string };

/** `path` is relative to the receiver's base path, without a leading slash. */
export function readWebhook(
  dialect: Dialect,
  p: { readonly path: string; readonly eventHeader: string; readonly body: string },
): ReadWebhook {
  const body = parseJson(p.body);
  switch (dialect) {
    case "svix":
      return readNative(p.eventHeader, body);
    case "zipwhip":
      return readZipwhip(p.path, body);
    case "sendblue":
      return readSendblue(p.path, body);
    case "chirp":
      return { event: textAt(body, "event"), state: "", ids: [idAt(body, "data.message.id")] };
  }
}

function readNative(event: string, body: JsonValue): ReadWebhook {
  const path = event === "optout.changed" ? "messageId" : "message.id";
  return { event, state: "", ids: [idAt(body, path)] };
}

function readZipwhip(path: string, body: JsonValue): ReadWebhook {
  if (path === "optout/change") {
    return { event: path, state: textAt(body, "type"), ids: [idAt(body, "messageId")] };
  }
  const state = path === "message/progress" ? textAt(body, "statusCode") : "";
  return { event: path, state, ids: [idAt(body, "id")] };
}

function readSendblue(path: string, body: JsonValue): ReadWebhook {
  const ids = [idAt(body, "message_handle")];
  const picture = textAt(body, "media_url");
  if (picture !== "") {
    ids.unshift({ name: "media_url", value: picture.slice(picture.lastIndexOf("/")) });
  }
  return { event: path, state: path === "outbound" ? textAt(body, "status") : "", ids };
}

function idAt(body: JsonValue, path: string): BodyId {
  return { name: path.slice(path.lastIndexOf(".") + 1), value: textAt(body, path) };
}

/** Integers of any length keep all their digits. */
function textAt(body: JsonValue, path: string): string {
  let value: unknown = body;
  for (const name of path.split(".")) {
    value = (value as Record<string, unknown> | null | undefined)?.[name];
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint"
    ? String(value)
    : "";
}
