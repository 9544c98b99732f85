/**
 * `data` of template, contact and account events. Chirp published only the names of these events;
 * the objects are our choice (docs/dialects/chirp.md, "Bodies"). An unknown time is null.
 */
import { isUserId } from "../../../core/messages/address.ts";
import { parseJson } from "../../../core/json/json.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import { chirpId } from "./chirp-id.ts";
import { isoOrNull } from "../iso-time.ts";

export function contactData(event: string, snapshot: Snapshot): object | null {
  const { appId, contact } = snapshot;
  if (contact === null) return null;
  const names = [contact.firstName, contact.lastName].filter((name) => name !== null);
  return {
    contact: {
      id: chirpId("ctc", appId, contact.contactId),
      phoneNumber: isUserId(contact.number) ? null : contact.number,
      userId: contact.userIds?.at(-1) ?? null,
      name: names.length === 0 ? null : names.join(" "),
      ...toTimes(event, snapshot),
    },
  };
}

export function templateData(event: string, snapshot: Snapshot): object {
  const given = toMember(snapshot, "template");
  const isDeleted = event.endsWith(".deleted");
  return {
    template: {
      id: chirpId("tpl", snapshot.appId, given.id),
      metaTemplateId: given.id,
      name: given["name"],
      language: given["language"] ?? null,
      category: given["category"] ?? null,
      status: isDeleted ? "DELETED" : (given["status"] ?? null),
      ...toTimes(event, snapshot),
    },
  };
}

export function accountData(snapshot: Snapshot): object {
  const given = toMember(snapshot, "account");
  return {
    account: {
      id: chirpId("wba", snapshot.appId, given.id),
      wabaId: given.id,
      phoneNumber: given["phoneNumber"] ?? null,
      displayName: given["name"] ?? null,
    },
  };
}

function toTimes(event: string, { occurredAt }: Snapshot): object {
  const at = isoOrNull(occurredAt);
  return { createdAt: event.endsWith(".created") ? at : null, updatedAt: at };
}

type Fields = { readonly id: string; readonly [name: string]: JsonValue | undefined };

/** The payload was checked against the schema of its type when it was accepted. */
function toMember({ payloadText }: Snapshot, name: "template" | "account"): Fields {
  return (parseJson(payloadText) as Record<typeof name, Fields>)[name];
}
