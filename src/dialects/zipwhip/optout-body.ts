/** The object of `optout/change`, with the keys of document 002. */
import { parseJson } from "../../core/json.ts";
import type { OptOut } from "../../core/optout.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { toExcerpt } from "./excerpt.ts";
import { GENERATIONS, offsetTime } from "./generation.ts";
import type { Generation } from "./generation.ts";
import type { Field } from "./print-fields.ts";

/** What the schema of `optout.changed` has made sure of. */
type OptOutPayload = {
  readonly line: string;
  readonly contact: string;
  readonly type: OptOut;
  readonly text?: string;
};

/**
 * `messageId` is a string here and only here. An opt-out that was reported without its text, or
 * with one that we never had, has empty strings: both keys are never null in the document.
 */
export function optOutFields(snapshot: Snapshot, generation: Generation): readonly Field[] {
  const payload = parseJson(snapshot.payloadText) as OptOutPayload;
  const { message } = snapshot;
  const { address } = GENERATIONS[generation];
  return [
    ["messageBody", toExcerpt(payload.text ?? message?.text ?? "", message)],
    ["line", address(payload.line)],
    ["contact", address(payload.contact)],
    ["messageId", message?.snowflake.toString() ?? ""],
    ["type", payload.type],
    ["eventDate", offsetTime(snapshot.occurredAt)],
  ];
}
