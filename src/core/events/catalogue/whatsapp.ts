/** The events about WhatsApp: its message templates and accounts. No rule reads their payloads. */
import Type from "typebox";
import type { CanonicalPayload } from "../../decide-types.ts";
import { defineEvent } from "../define-event.ts";
import { LINE } from "./example-values.ts";
import * as field from "./fields.ts";

const NOTHING: CanonicalPayload = {};
const flatten = () => NOTHING;

const template = {
  id: "tpl-7",
  name: "table_ready",
  language: "en_US",
  category: "UTILITY",
  status: "APPROVED",
};
const aboutTemplate = {
  groupName: "templates",
  schema: Type.Object({
    template: Type.Object({
      id: field.templateId,
      name: field.personName,
      language: Type.Optional(field.word),
      category: Type.Optional(field.word),
      status: Type.Optional(field.word),
    }),
  }),
  example: { template },
  flatten,
};
const aboutAccount = {
  groupName: "whatsapp_accounts",
  schema: Type.Object({
    account: Type.Object({
      id: field.accountId,
      name: Type.Optional(field.personName),
      phoneNumber: Type.Optional(field.lineNumber),
    }),
  }),
  example: { account: { id: "waba-3", name: "The Blue Door", phoneNumber: LINE } },
  flatten,
};

export const WHATSAPP_EVENTS = {
  "template.created": defineEvent({
    ...aboutTemplate,
    description: "A message template was created.",
    example: { template: { ...template, status: "PENDING" } },
  }),
  "template.updated": defineEvent({
    ...aboutTemplate,
    description: "A message template changed.",
  }),
  "template.deleted": defineEvent({
    ...aboutTemplate,
    description: "A message template was deleted.",
  }),
  "template.connected": defineEvent({
    ...aboutTemplate,
    description: "A message template was connected to an account.",
  }),
  "whatsapp_account.connected": defineEvent({
    ...aboutAccount,
    description: "A WhatsApp account was connected.",
  }),
  "whatsapp_account.disconnected": defineEvent({
    ...aboutAccount,
    description: "A WhatsApp account was disconnected.",
  }),
};
