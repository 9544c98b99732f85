/** The object of `optout/change`, with the keys of document 002. */
import { parseJson } from "../../../core/json/json.ts";
import type { OptOut } from "../../../core/messages/optout.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import { toExcerpt } from "./excerpt.ts";
import { GENERATIONS, offsetTime } from "./generation.ts";
import type { Generation } from "./generation.ts";
import type { Field } from "./print-fields.ts";

/** The fields that the schema of `optout.changed` guarantees. */
type OptOutPayload = {
  readonly line: string;
  readonly contact: string;
  readonly type: OptOut;
  readonly text?: string;
};

/**
 * `messageId` is a string only here. Both keys are never null in the document. They are empty strings when
 * the opt-out was reported without its text, or with an unknown one.
 */
export function optOutFields(snapshot: Snapshot, generation: Generation): readonly Field[] {
  const payload = parseJson(snapshot.payloadText) as OptOutPayload;
  const { message } = snapshot;
  const { address } = GENERATIONS[generation];
  return [
    ["messageBody", toExcerpt(payload.text ?? message?.text ?? "", message)],
    ["line", address(payload.line)],
    // The number, where the event names a user id whose number is known.
    ["contact", address(snapshot.contact?.number ?? payload.contact)],
    ["messageId", message?.snowflake.toString() ?? ""],
    ["type", payload.type],
    ["eventDate", offsetTime(snapshot.occurredAt)],
  ];
}
