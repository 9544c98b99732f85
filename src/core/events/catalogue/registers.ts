/** The events about an application's contacts and lines. */
import Type from "typebox";
import type { Static } from "typebox";
import type { CanonicalPayload } from "../../decide-types.ts";
import { defineEvent } from "../define-event.ts";
import { CONTACT, LINE } from "./example-values.ts";
import * as field from "./fields.ts";

const contactPayload = Type.Object({
  contact: Type.Object({
    number: field.address,
    userId: Type.Optional(field.userId),
    firstName: Type.Optional(field.personName),
    lastName: Type.Optional(field.personName),
    companyName: Type.Optional(field.personName),
    tags: Type.Optional(field.contactTags),
  }),
  channel: Type.Optional(field.channel),
});
const contact = {
  number: CONTACT,
  firstName: "Ada",
  lastName: "Byron",
  companyName: "Analytical Engines",
  tags: ["vip"],
};
const aboutContact = {
  groupName: "contacts",
  schema: contactPayload,
  flatten(p: Static<typeof contactPayload>): CanonicalPayload {
    const { number, userId, ...fields } = p.contact;
    const flat = { contact: number, contactFields: fields };
    const named = userId === undefined ? flat : { ...flat, contactUserId: userId };
    return p.channel === undefined ? named : { ...named, contactChannel: p.channel };
  },
};

export const REGISTER_EVENTS = {
  "contact.created": defineEvent({
    ...aboutContact,
    description: "A contact was created, or a number was seen for the first time.",
    example: { contact },
  }),
  "contact.updated": defineEvent({
    ...aboutContact,
    description: "The fields of a contact changed.",
    example: { contact: { ...contact, companyName: "Difference Engines" } },
  }),
  "contact.deleted": defineEvent({
    ...aboutContact,
    description: "A contact was deleted.",
    example: { contact: { number: CONTACT } },
  }),
  "line.assigned": defineEvent({
    groupName: "lines",
    description: "A line was assigned to the account or to one of its users.",
    schema: Type.Object({ line: field.lineNumber, assignedTo: Type.Optional(field.personName) }),
    example: { line: LINE, assignedTo: "ada@example.com" },
    flatten: (p) => ({ line: p.line }),
  }),
  "line.blocked": defineEvent({
    groupName: "lines",
    description: "A line was blocked.",
    schema: Type.Object({ line: field.lineNumber, reason: Type.Optional(field.reason) }),
    example: { line: LINE, reason: "carrier_violation" },
    flatten: (p) => ({ line: p.line }),
  }),
};
